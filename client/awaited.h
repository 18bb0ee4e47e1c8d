/* The calls under way: what was asked, and the reply once it is there. In the order in which they
 * were sent. */
#ifndef CLIENT_AWAITED_H
#define CLIENT_AWAITED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/json/json_span.h"

struct awaited {
    struct awaited *next;
    int64_t id;
    char *run_id;  /* that the request named, or NULL */
    bool monitors; /* its reply opens a monitor */
    bool forget;   /* nobody will fetch the reply */
    bool answered; /* one of the next two is there */
    json_t *result;
    json_t *error;
};

struct awaited_list {
    struct awaited *first;
    size_t n;
};

/* Begins zeroed. */
void awaited_release(struct awaited_list *list);

/* A call that is going to be sent; what it needs of params is copied. NULL: no memory. */
struct awaited *awaited_add(struct awaited_list *list, int64_t id, const char *method,
                            const json_t *params);
struct awaited *awaited_find(const struct awaited_list *list, int64_t id);
/* The call that a reply with this id (not there: at == NULL) belongs to, or NULL. A null id answers
 * no request in particular (the line was too long, say): the oldest one gets it. */
struct awaited *awaited_by(const struct awaited_list *list, struct json_span id);
void awaited_remove(struct awaited_list *list, struct awaited *call);

#endif
