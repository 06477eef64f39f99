# room(FLOOR/NAME MAY_USE room... THIRD_PARTY header-prefix... LINK target...)
#
# A room is one folder under src/, one static library, one namespace. MAY_USE names the rooms whose headers it may
# include; THIRD_PARTY the include prefixes that are its alone (see ANYWHERE below); LINK the libraries behind them.
# All three are written to a table that the `layers` test reads, so the build and the law cannot drift apart.

set_property(GLOBAL PROPERTY BATCHD_ROOMS "")
set(BATCHD_LAYERS_TABLE ${PROJECT_BINARY_DIR}/layers-table.cmake)
file(WRITE ${BATCHD_LAYERS_TABLE} "# Written by room() in src/cmake/Rooms.cmake.\n")

function(room path)
  cmake_parse_arguments(ROOM "" "" "MAY_USE;THIRD_PARTY;LINK" ${ARGN})
  get_filename_component(name ${path} NAME)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${path}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")  # the binary's own
  file(APPEND ${BATCHD_LAYERS_TABLE}
    "list(APPEND ROOMS ${name})\n"
    "set(ROOM_${name}_PATH ${path})\n"
    "set(ROOM_${name}_MAY_USE ${ROOM_MAY_USE})\n"
    "set(ROOM_${name}_THIRD_PARTY ${ROOM_THIRD_PARTY})\n")
  set_property(GLOBAL APPEND PROPERTY BATCHD_ROOMS ${name})
  if(NOT sources)
    return()  # furnished by a later capability; the table already says what it may use
  endif()
  add_library(${name} STATIC ${sources})
  add_library(batchd::${name} ALIAS ${name})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME batchd_${name})
  target_link_libraries(${name} PUBLIC batchd_flags fmt::fmt ${ROOM_LINK})
  foreach(used IN LISTS ROOM_MAY_USE)
    if(TARGET ${used})
      target_link_libraries(${name} PUBLIC ${used})
    endif()
  endforeach()
endfunction()

# embed(ROOM FILE SYMBOL): FILE's bytes as `extern const std::string_view batchd::ROOM::SYMBOL`. The room declares it.
function(embed room file symbol)
  set(source ${PROJECT_BINARY_DIR}/generated/embedded/${room}_${symbol}.cpp)
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${file} -DOUTPUT=${source} -DROOM=${room} -DSYMBOL=${symbol}
            -P ${PROJECT_SOURCE_DIR}/src/cmake/embed-file.cmake
    DEPENDS ${file} ${PROJECT_SOURCE_DIR}/src/cmake/embed-file.cmake
    VERBATIM)
  target_sources(${room} PRIVATE ${source})
endfunction()
