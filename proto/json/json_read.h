/* Texts that people have written, such as files of the configuration, as trees. jansson's reader
 * takes a want of memory for a fault of the text (or worse, see json_tree.c), so it is asked only
 * about texts that a scan has not found good: it has the words for what is wrong with them. */
#ifndef PROTO_JSON_JSON_READ_H
#define PROTO_JSON_JSON_READ_H

#include <jansson.h>
#include <stddef.h>

/* 0 with an object or an array; -EINVAL with place, words and code of the fault (a name twice in
 * one object is one); -ENOMEM. */
int json_read(const char *text, size_t len, json_t **ret, json_error_t *ret_fault);

#endif
