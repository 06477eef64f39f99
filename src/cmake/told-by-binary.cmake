# cmake -DPROGRAM=… -DMANUAL=… -DCOMPLETIONS=… -P told-by-binary.cmake
function(tell file)
  execute_process(COMMAND ${PROGRAM} ${ARGN} OUTPUT_FILE ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(MAKE_DIRECTORY ${COMPLETIONS})
tell(${MANUAL} man)
tell(${COMPLETIONS}/batchd completion bash)
tell(${COMPLETIONS}/_batchd completion zsh)
tell(${COMPLETIONS}/batchd.fish completion fish)
