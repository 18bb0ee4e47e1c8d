/* MemberResult: what one call has come to. */
#ifndef RUNNER_DELIBERATION_CALL_CALL_RESULT_H
#define RUNNER_DELIBERATION_CALL_CALL_RESULT_H

#include <jansson.h>

struct seat_call;

json_t *call_result(const struct seat_call *c); /* new */

#endif
