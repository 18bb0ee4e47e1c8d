/* Libraries and JSON through which keys go overwrite what they give back. */
#ifndef RUNNER_WIPED_LIBRARIES_H
#define RUNNER_WIPED_LIBRARIES_H

#include <stdbool.h>

/* jansson and libcrypto; libcurl gets its allocator from http_new. Jansson ends the process when
 * memory is out: some of its calls lose members without a word. To be called before either is used.
 * False: libcrypto has been used already, and goes on as before. */
bool wiped_libraries(void);

#endif
