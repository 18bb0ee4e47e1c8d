#include "commands.h"

#define X(id, name) extern const struct command cmd_##id;
COMMAND_ROWS(X)
#undef X

#define X(id, name) {name, &cmd_##id},
const struct command_row COMMANDS[] = {COMMAND_ROWS(X){0}};
#undef X
