/* The JSON helpers of programs that end when memory is out. */
#ifndef RUNNER_DELIBERATION_WORDS_JSON_H
#define RUNNER_DELIBERATION_WORDS_JSON_H

#include "common/jx.h"

#endif
