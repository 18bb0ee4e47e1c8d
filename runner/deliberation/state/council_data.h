/* A council as data: its seats, the labels under which they read each other, what has been said and
 * counted so far. council/ moves it from round to round; here is what everybody may ask of it. */
#ifndef RUNNER_DELIBERATION_STATE_COUNCIL_DATA_H
#define RUNNER_DELIBERATION_STATE_COUNCIL_DATA_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine_timer.h"
#include "ledger.h"
#include "seat.h"
#include "usage.h"

struct engine;
struct form;
struct iterate;
struct label_map;
struct round;
struct seat_call;
struct tournament;

struct named_map {
    char *scope;
    struct label_map *map;
    struct named_map *next;
};

/* What a member said about the others, for the chair. */
enum review_kind { REVIEW_OF_OTHERS, REVIEW_REBUTTAL };

struct review {
    enum review_kind what;
    char *round; /* its name, and the iteration of one that is repeated */
    const char *writer;
    char *text;
    const struct label_map *map;
    struct review *next;
};

struct own_seat {
    struct seat seat;
    struct own_seat *next;
};

struct council {
    struct engine *e;
    struct council *parent;    /* NULL: the outermost */
    bool stopped;              /* an inner one whose call was ended from outside */
    const struct form *wanted; /* in which an inner one has to answer; NULL: in any words */
    struct ledger own;         /* inner councils: a further limit */
    struct usage usage;        /* of its calls */
    struct cost cost;
    const char *path; /* "" for the outermost */
    json_t *doc;
    json_t *input;
    json_t *material; /* an inner one: what it is shown beside its input (call/blocks.h), or NULL */
    struct seat *members;
    int n;
    struct seat *chair;    /* NULL: none */
    struct seat *fallback; /* the fallback chairs, in order */
    int fallbacks;
    struct own_seat *own_seats; /* written out in opts: judges, routers */
    json_t *round_docs;
    int next_index;
    struct iterate *iterate; /* the iterate round that is being played, or NULL */
    struct tournament *tournament;
    struct named_map *call_maps; /* labels of single calls: matches, ties */
    struct round *round;
    struct label_map *labels;
    struct label_map *ids; /* the ids as names, where a round shows who wrote what */
    struct named_map *maps;
    struct review *reviews;
    json_t *rounds; /* RoundResults */
    json_t *stage_ms;
    json_t *degraded;
    int64_t started_ms, end_ms, member_end_ms;
    struct engine_timer timer;
    bool out_of_time;
    const char *skip_rest;  /* reason for which the remaining member rounds are skipped */
    json_t *last_aggregate; /* over members or options */
    json_t *rank;           /* `order` of the latest aggregate over members */
    int ok, of;             /* heard */
    bool any_ok;
    const char *fail_code; /* ends the run as failed or refused */
    const char *fail_outcome;
    char *fail_message;
    json_t *final;
    struct seat_call *chair_call; /* whose answer is the final one */
    const char *chair_source;
    bool done;
};

/* Cancelled, or ended from outside: nothing new is begun. */
bool council_cancelled(const struct council *c);
struct seat *council_seat(struct council *c, const char *id); /* member or chair */
/* A seat that is named by id or written out in place of a name; NULL when it is unknown. */
struct seat *council_named_seat(struct council *c, json_t *named);
/* What names its answers: Response, and Draft in an inner council that is shown responses itself.
 */
const char *council_prefix(const struct council *c, const char *of_document);
/* Prefix and A, B ... for these ids in this order, for one call. */
const struct label_map *council_call_labels(struct council *c, const char *call_id,
                                            const char *prefix, json_t *ids);
int council_candidates(struct council *c, struct seat **ret); /* room for all members */
json_t *council_anonymity(const struct round *r);             /* merged, new */
/* Its documents, those of the options added for the outermost; new. */
json_t *council_documents(const struct council *c);
/* Notes that something is missing. member_id and detail may be NULL. */
void council_degrade(struct council *c, const char *code, const struct round *r,
                     const char *member_id, const char *detail);
/* The council ends as failed or refused; the first reason counts. The message is copied. */
void council_fail(struct council *c, const char *outcome, const char *code, const char *message);

#endif
