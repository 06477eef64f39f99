#pragma once
// One function a command; each prints what it has to say and answers the exit code (the table is in the README).

#include "doors/cli/options.hpp"

namespace batchd::cli {

int run_command(const GlobalOptions& global, const RunOptions& options);
int validate_command(const GlobalOptions& global, const ValidateOptions& options);
int plan_command(const GlobalOptions& global, const PlanOptions& options);
int status_command(const GlobalOptions& global, const StatusOptions& options);
int runs_command(const GlobalOptions& global, const RunsOptions& options);
int watch_command(const GlobalOptions& global, const WatchOptions& options);
int items_command(const GlobalOptions& global, const ItemsOptions& options);
int show_command(const GlobalOptions& global, const ShowOptions& options);
int results_command(const GlobalOptions& global, const ResultsOptions& options);
int resume_command(const GlobalOptions& global, const ResumeOptions& options);
int retry_command(const GlobalOptions& global, const RetryOptions& options);
int cancel_command(const GlobalOptions& global, const CancelOptions& options);
int resolve_command(const GlobalOptions& global, const ResolveOptions& options);
int pause_command(const GlobalOptions& global, const PauseOptions& options);
int unpause_command(const GlobalOptions& global, const UnpauseOptions& options);
int verify_command(const GlobalOptions& global, const VerifyOptions& options);
int log_command(const GlobalOptions& global, const LogOptions& options);
int doctor_command(const GlobalOptions& global, const DoctorOptions& options);
int prune_command(const GlobalOptions& global, const PruneOptions& options);
int backup_command(const GlobalOptions& global, const BackupOptions& options);
int schema_command(const GlobalOptions& global, const SchemaOptions& options);
int serve_command(const GlobalOptions& global, const ServeOptions& options);
int token_command(const GlobalOptions& global, const TokenOptions& options);
int simulate_command(const GlobalOptions& global, const SimulateOptions& options);
int init_command(const GlobalOptions& global, const InitOptions& options);
int complete_command(const GlobalOptions& global, const CompleteOptions& options);

}  // namespace batchd::cli
