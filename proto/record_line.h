/* The lines of a record that are no events: what was asked before them, how it ended behind them.
 * docs/protocol.md says what stands in each. */
#ifndef PROTO_RECORD_LINE_H
#define PROTO_RECORD_LINE_H

enum record_line { RECORD_LINE_SPEC, RECORD_LINE_RESULT, RECORD_LINE_DOWN };

const char *record_line_name(enum record_line line); /* its `type` */

#endif
