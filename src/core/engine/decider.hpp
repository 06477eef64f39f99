#pragma once
// One decision in the making: state, event and policy in hand, changes and actions collected. Private to the engine.

#include <set>
#include <string>
#include <string_view>

#include "core/engine/engine.hpp"
#include "rules/model/exit_code.hpp"

namespace batchd::engine {

using model::exit_denied;
using model::exit_failed;
using model::exit_internal;
using model::exit_ok;
using model::exit_stopped;
using model::exit_unreachable;

// The how-manieth submission of its shard a batch says it is; 0: it does not say.
std::uint32_t submission_number(const model::RemoteBatch& batch);

void keep_newest(std::vector<Witness>& witnesses);  // as many as one listing is asked for
Error list_not_believed();                          // it has been behind for too long

class Decider {
 public:
  Decider(State& state, const Policy& policy, Time now) : state_(state), policy_(policy), now_(now) {}

  // One overload per event: shard_steps.cpp, reconcile_steps.cpp and search_steps.cpp hold the shard's,
  // settle_steps.cpp what a person settles, account_steps.cpp, retry_steps.cpp and engine.cpp the run's.
  void on(const Resumed&);
  void on(const Uploaded&);
  void on(const UploadFailed&);
  void on(const Created&);
  void on(const CreateFailed&);
  void on(const Waited&);
  void on(const Looked&);
  void on(const LookFailed&);
  void on(const Searched&);
  void on(const SearchFailed&);
  void on(const Polled&);
  void on(const PollFailed&);
  void on(const Fetched&);
  void on(const FetchFailed&);
  void on(const Collected&);
  void on(const CollectFailed&);
  void on(const BatchCancelled&);
  void on(const BatchCancelFailed&);
  void on(const FilesRemoved&);
  void on(const RemoveFailed&);
  void on(const Audited&);
  void on(const AuditFailed&);
  void on(const Surveyed&);
  void on(const SurveyFailed&);
  void on(const Gathered&);
  void on(const GatherFailed&);
  void on(const Counted&);
  void on(const Reported&);
  void on(const ReportFailed&);
  void on(const CancelRequested&);
  void on(const Resolved&);
  void on(const Paused&);
  void on(const Unpaused&);

  // After the event: fill free slots, finish when all is done, say what the run waits for.
  void plan();
  Decision take();

 private:
  // -- a shard's steps (shard_steps.cpp)
  void start_upload(model::Shard& shard);
  // With the next submission number. While the process is ending the shard stays `uploaded` instead: an intent that
  // is committed but never sent would have to be asked about.
  void start_create(model::Shard& shard);
  void start_wait(model::Shard& shard, Time at);
  void start_look(model::Shard& shard, Time at);
  void start_poll(model::Shard& shard, Time at);
  void start_fetch(model::Shard& shard, Time at);
  void start_collect(model::Shard& shard);
  // Of an ended shard: its results, or first a search when there may be a twin of its batch.
  void take_results(model::Shard& shard);
  void remove_remote_files(const model::Shard& shard, Time at);
  void end_without_batch(model::Shard& shard, model::EndKind kind, std::string error);
  void resume_shard(model::Shard& shard);
  void cancel_shard(model::Shard& shard);
  void ask_cancel(model::Shard& shard, const std::string& batch_id, Time at);
  void note_batch(model::Submission& submission, const model::RemoteBatch& batch);

  // -- room in the provider's queue (queue_steps.cpp)
  void submit(model::Shard& shard);  // creates it, or lets it wait for room
  bool has_room(const model::Shard& shard) const;
  void fill_room();
  void wait_for_queue(model::Shard& shard, const model::RemoteBatch& refused);
  bool file_is_not_found(model::Shard& shard, const Error& error);

  // -- what became of a submission (reconcile_steps.cpp)
  void adopt(model::Shard& shard, const std::vector<model::RemoteBatch>& found);
  void go_on_with(model::Shard& shard, const std::string& batch_id);  // which is its newest submission's
  void believe_absent(model::Shard& shard);
  void submit_anew(model::Shard& shard);  // with the next number; this one is given up, and stays in doubt
  void cannot_be_told(model::Shard& shard, const Error& error);
  void nothing_found(model::Shard& shard, const Looked& event);
  Duration quiet_before_create(const model::Shard& shard) const;

  // -- what a person settles (settle_steps.cpp)
  void resolve(model::Shard& shard, model::Settlement by, const model::RemoteBatch& batch);
  bool resolve_by_word(model::Shard& shard);  // false: nobody has said anything of its submission
  void adopt_by_hand(model::Shard& shard, const model::RemoteBatch& batch);
  model::Submission& place_of(const model::Shard& shard, const model::RemoteBatch& batch);
  void give_up_doubts(const model::Shard& shard);
  std::vector<const model::Shard*> undecided_shards() const;  // only a person can tell what became of them
  std::string told_undecided(const std::vector<const model::Shard*>& shards) const;  // at least one
  std::string how_to_resolve(const model::Shard& shard) const;

  // -- pauses (pause_steps.cpp)
  bool is_paused() const;
  void hold_upload(model::Shard& shard);
  std::uint64_t held_back() const;  // shards
  std::string pause_detail(std::uint64_t held) const;

  // -- twins, and lists that are late (search_steps.cpp)
  enum class ListState { silent, vouched, behind };
  // What a listing proves about what it does not show; learns how late the list may be.
  ListState judge_list(const std::vector<Witness>& asked, const std::vector<std::string>& listed);
  std::vector<Witness> witnesses_for(const model::Shard& shard, Time since) const;
  Time listing_since(const model::Shard& shard) const;
  const model::Submission* newest_in_doubt(const model::Shard& shard) const;
  bool has_living_twin(const model::Shard& shard) const;
  bool must_search(const model::Shard& shard) const;
  void start_search(model::Shard& shard, Time at);
  // Puts each batch to its submission. False when nothing of it was new.
  bool note_found(model::Shard& shard, const std::vector<model::RemoteBatch>& found);
  // Of the batches of a shard one is kept, the others are dropped. Returns the one that is kept.
  model::Submission& keep_one(model::Shard& shard);
  void drop_twin(model::Submission& twin, const model::Submission& kept);
  void note_missed(const model::Shard& shard);
  void note_late(const model::Submission& submission);
  void follow_kept(model::Shard& shard, bool was_kept);
  bool search_is_over(const model::Shard& shard, ListState list) const;

  // -- asking again (retry_steps.cpp)
  bool may_ask_again() const;  // before anybody has looked what has failed
  bool did_not_run(const model::Shard& shard) const;
  std::uint32_t unspent_after(const model::Shard& shard) const;
  bool goes_again(const FailureClass& failed) const;
  void begin_round();
  void gather_next();

  // -- what the account holds of a run whose record may lack it (account_steps.cpp)
  void begin_asking_account();
  void ask_account(Time at);
  void ask_account_behind();
  void account_cannot_be_told(const Error& error);
  void end_unsent();  // of a run that is cancelled
  bool account_told_too_early() const;
  bool is_known(const model::RemoteBatch& batch) const;  // it is a submission's here
  std::vector<const MarkedBatch*> unknown_batches_of(const model::Shard& shard) const;
  // Before anything of the shard is sent. True: a batch of its requests is there already, and is adopted; or one of
  // others is, and the process ends.
  bool take_over(model::Shard& shard);
  bool would_pay_twice(const model::Shard& shard);  // a batch of other requests says it is this shard: halts
  bool knows_how_it_stands(const model::Shard& shard, const Audited& event);
  void drop_unknown_twins(model::Shard& shard);  // of one that was sent: one batch of its requests is kept
  void halt_untold();
  bool is_held() const;  // nothing new is begun: by a pause, or as the account has not told what it holds

  // -- the run (engine.cpp)
  void fill_slots();
  void finish_when_done();
  void say_what_is_waited_for();
  void finish(model::RunState final_state);
  void halt(int exit_code, Error error);
  void heard(std::uint32_t shard);  // the provider answered a step of this shard
  // True when the failure ends this process: denied, local trouble, or unreachable for too long.
  bool halts(const Error& error);
  Duration patience() const;                                     // with a provider that gives no answer
  Time retry_at(const model::Shard& shard, const Error& error);  // counts the failure

  // -- bookkeeping
  model::Shard* step_answered(std::uint32_t shard, model::ShardStage expected);  // null: a late answer
  std::uint32_t next_submission_number(const model::Shard& shard) const;         // twins have numbers, too
  model::Submission& newest(const model::Shard& shard);
  void touch(const model::Shard& shard) { touched_shards_.insert(shard.n); }
  void touch(const model::Submission& submission) { touched_submissions_.insert({submission.shard, submission.n}); }
  void touch_run() { run_touched_ = true; }
  void say(std::uint32_t shard, std::string_view kind, std::string text);
  void act(Action action) { decision_.actions.push_back(std::move(action)); }
  void schedule(model::Shard& shard, Action action, Time at);
  bool anything_in_flight() const;

  State& state_;
  const Policy& policy_;
  const Time now_;
  Decision decision_;
  std::set<std::uint32_t> touched_shards_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> touched_submissions_;
  bool run_touched_ = false;
};

}  // namespace batchd::engine
