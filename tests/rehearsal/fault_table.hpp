#pragma once
// Every fault of the simulator, and how a night with it ends. A row for each; some have more than one.

#include <string>
#include <vector>

#include "rehearsal/morning.hpp"
#include "rehearsal/stage.hpp"

namespace batchd::rehearsal {

// What a person does about a night that ended with an invitation to repeat it (or never ended and was left with
// Ctrl-C).
enum class Remedy { the_fault_goes, cancel };

struct FaultNight {
  std::string fault;     // the one this row is about
  std::string settings;  // "NAME=VALUE NAME=VALUE": what it needs beside it, too
  // "EXIT CODE: ACCOUNT", the account as account_of() tells it.
  std::string ends;
  std::string mended = {};        // how the same command ends after the remedy; "": nothing is to be mended
  std::string on_dashscope = {};  // `ends` where that dialect is another matter
  Remedy remedy = Remedy::the_fault_goes;
  std::string mended_on_dashscope = {};
};
const std::vector<FaultNight>& fault_nights();

// Twelve rows in three shards, and a person who waits six hours.
Scene scene_of(const FaultNight& night, model::Profile profile, const Path& folder);
std::vector<std::pair<std::string, std::string>> faults_in(const std::string& settings);

// The same command ten minutes after `played` has ended, with the remedy.
Scene mended(Scene scene, const Played& played, Remedy remedy);

// Does this code ask to be repeated?
bool asks_for_repetition(int exit_code);

// "EXIT CODE: ACCOUNT".
std::string told(const Played& played, const Morning& morning);
// Plays it and tells.
std::string play_and_tell(const Scene& scene);

}  // namespace batchd::rehearsal
