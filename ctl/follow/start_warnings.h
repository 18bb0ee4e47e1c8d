/* The warnings that come with the start of a run. */
#ifndef CTL_FOLLOW_START_WARNINGS_H
#define CTL_FOLLOW_START_WARNINGS_H

#include <jansson.h>

/* On stderr; says nothing when there are none. */
void start_warnings_tell(const json_t *warnings);

#endif
