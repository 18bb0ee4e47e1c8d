/* What is wrong with a request for a council. */
#ifndef PROTO_COUNCIL_COUNCIL_FAULTS_H
#define PROTO_COUNCIL_COUNCIL_FAULTS_H

#include "proto/council/check/faults.h"

/* Two kinds of refusal, in the order in which they are reported: a fault of the document
 * (`invalid_council`), else one of the options (`invalid_option`). */
struct council_faults {
    struct faults council; /* sorted; empty when the document is valid */
    char *option_field;    /* JSON Pointer from the params of run.start; NULL: options are valid */
    char *option_message;
};

void council_faults_release(struct council_faults *faults);

#endif
