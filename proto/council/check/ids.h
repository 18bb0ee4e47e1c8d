/* Ids of seats, councils, tools and catalogue documents. */
#ifndef PROTO_COUNCIL_CHECK_IDS_H
#define PROTO_COUNCIL_CHECK_IDS_H

#include <stdbool.h>

/* 1 to 64 letters, digits, '_', '.' or '-'; the first one a letter or digit. */
bool id_valid(const char *text);

#endif
