# cmake -DINPUT=… -DOUTPUT=… -DROOM=… -DSYMBOL=… -P embed-file.cmake
file(READ ${INPUT} text)
if(text MATCHES "\\)BATCHD\"")
  message(FATAL_ERROR "${INPUT} holds the delimiter of the raw string it is embedded in")
endif()
file(WRITE ${OUTPUT}
  "#include <string_view>\nnamespace batchd::${ROOM} {\nextern const std::string_view ${SYMBOL};\n"
  "const std::string_view ${SYMBOL} = R\"BATCHD(${text})BATCHD\";\n}\n")
