/* What a client may do, as the access of the configuration, the rows of methods and
 * `connection.act_as` name it. Each role may what those before it may. */
#ifndef PROTO_METHODS_ROLE_H
#define PROTO_METHODS_ROLE_H

#include <stdbool.h>

enum role { ROLE_NONE, ROLE_LOOK, ROLE_ASK, ROLE_OPERATE };

/* The words of FIELD_WORD, from ROLE_LOOK on; NULL behind the last. */
extern const char *const ROLE_WORDS[];

const char *role_name(enum role role); /* "look"; ROLE_NONE: "none" */
/* Is who has `role` let into what needs `needed`? What needs ROLE_NONE was forgotten in its row:
 * only ROLE_OPERATE is. */
bool role_may(enum role role, enum role needed);

#endif
