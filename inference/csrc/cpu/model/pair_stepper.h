/// Steps sequences whose model reads two bytes at a time: one step and two bytes of each together.
///
/// The first byte comes from the step's output, the second from the same output and the first, so
/// both are drawn in one step and nothing of it has to be kept. A prompt of odd length ends with a
/// first byte: only the second is drawn in its first step.
#pragma once

#include <memory>
#include <vector>

#include "cpu/model/stepper.h"

namespace xinglin::cpu {

class PairStepper : public Stepper {
 public:
  PairStepper(std::shared_ptr<const Model> model, const xl_engine_config& config);

  int step_bytes() const override { return 2; }
  void step(std::vector<Slot>& slots, Statistics& statistics) override;

 private:
  /// A slot that gets bytes in this step, and the number of its output.
  struct Wish {
    Slot* slot;
    int output;
    bool has_first;  // the prompt gave it
  };

  void plan(std::vector<Slot>& slots);
  void take_prompt(Slot& slot, Statistics& statistics);
  void draw_firsts(Statistics& statistics);
  void draw_seconds(Statistics& statistics);
  void draw_all(Statistics& statistics);

  std::vector<Wish> wishes_;
  std::vector<Slot*> drawn_;     // slots that get a byte of the head at work
  std::vector<int> outputs_;     // after which
  std::vector<uint8_t> firsts_;  // and after which first byte
};

}  // namespace xinglin::cpu
