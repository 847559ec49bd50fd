#!/bin/sh
# Sees that there is a C++17 compiler, or says in one sentence what to install; status 1 then.
# `make` runs it before pip, whose report of a missing compiler has forty lines.

works() { # a compiler that starts; that of macOS is there before its tools are
    command -v "$1" >/dev/null 2>&1 && echo 'int main() { return 0; }' |
        "$1" -std=c++17 -fsyntax-only -x c++ - >/dev/null 2>&1
}

package() { # the command that installs one on this system
    [ "$(uname -s 2>/dev/null)" = Darwin ] && { echo 'xcode-select --install'; return; }
    system=$(. "${OS_RELEASE:-/etc/os-release}" 2>/dev/null && echo "$ID $ID_LIKE")
    case " $system " in
        *' debian '* | *' ubuntu '*) echo 'sudo apt-get install g++' ;;
        *' alpine '*) echo 'sudo apk add g++ linux-headers' ;;
        *' arch '*) echo 'sudo pacman -S gcc' ;;
        *suse*) echo 'sudo zypper install gcc-c++' ;;
        *' rhel '* | *' fedora '* | *' centos '* | *' alinux '* | *' openEuler '* | *' opencloudos '*)
            echo 'sudo dnf install gcc-c++' ;;
        *) echo 'apt-get install g++ | dnf install gcc-c++ | apk add g++ | pacman -S gcc | xcode-select --install' ;;
    esac
}

for compiler in ${CXX:-c++ g++ clang++}; do
    works "$compiler" && exit 0
done
{
    install=$(package)
    echo "Xinglin needs a C++17 compiler, and none that works was found${CXX:+ (CXX=$CXX)}; install one, then run make again: $install"
    echo "需要 C++17 编译器，没有找到能用的${CXX:+（CXX=$CXX）}；请先安装，再运行 make：$install"
} >&2
exit 1
