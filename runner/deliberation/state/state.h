/* The state of a run, shared by the files of the engine: engine > council > round > call.
 *
 * Everything moves in two steps. A fact or a timer changes the call or round that it belongs to and
 * nothing else; then engine_settle() lets every live council look at its round until nothing moves
 * any more. So no function finds its round closed under its feet. */
#ifndef RUNNER_DELIBERATION_STATE_STATE_H
#define RUNNER_DELIBERATION_STATE_STATE_H

#include <uthash.h>
#include <utlist.h>

#include "ledger.h"
#include "runner/deliberation/engine.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/resume.h"
#include "usage.h"

struct auto_stage;
struct bracket_level;
struct breaker;
struct seat_call;
struct council;
struct round;
struct tool_loop;

/* ---- engine.c: time ---- */

struct engine_timer {
    int64_t due;
    uint64_t order; /* among those of one time, the one set first fires first */
    bool set;
    void (*fire)(void *arg);
    void *arg;
    struct engine_timer *prev, *next;
};

void engine_timer_set(struct engine *e, struct engine_timer *t, int64_t due, void (*fire)(void *), void *arg);
void engine_timer_clear(struct engine *e, struct engine_timer *t);

/* ---- a seat ---- */

struct answer {
    char *text;    /* as others see it; NULL: none */
    char *content; /* as the member wrote it */
    json_t *parsed;
    int index, iteration;
    bool stale;
    double confidence;           /* NAN: none */
    const struct label_map *map; /* the labels that the writer read */
};

struct seat {
    struct council *council;
    const char *id;
    const char *role; /* NULL: none */
    json_t *doc;
    bool is_chair;
    struct seat *account; /* a member asked as fallback chair: its own seat, for the sums */
    bool eliminated;
    bool unavailable; /* its whole chain is dead for good */
    struct answer answer;
    json_t *statuses; /* one per round and iteration */
    struct usage usage;
    struct cost cost;
    int calls;
    int64_t latency_ms;
    double confidence; /* the latest told, NAN */
};

/* One entry of a seat's chain: its own provider and model, then its fallbacks. */
struct entry {
    const char *provider, *model;
    json_t *price;                    /* NULL: unknown */
    json_t *temperature, *max_tokens; /* NULL: not set */
};

int seat_chain_length(const struct seat *s);
struct entry seat_entry(const struct seat *s, int i);
json_t *seat_confidence(const struct seat *s); /* its method, NULL: none */
bool seat_self_reports(const struct seat *s);
void seat_init(struct seat *s, struct council *c, json_t *doc, bool is_chair);
void seat_release(struct seat *s);
void answer_release(struct answer *a);

/* ---- a call ---- */

enum call_state {
    CALL_QUEUED,
    CALL_MONEY,   /* waits for a reservation */
    CALL_RUNNING, /* an attempt is in flight */
    CALL_BACKOFF, /* waits before the next attempt */
    CALL_TOOLS,   /* tools of a turn are running */
    CALL_SUB,     /* a council of its own is at work */
    CALL_DONE,
};

struct seat_call {
    struct engine *e;
    struct council *council;
    struct round *round;
    struct seat *seat; /* whose bundle is used */
    const char *kind;  /* member, chair, judge, ... */
    char *id;          /* call_id; key in the engine's table */
    char *key;         /* call_key */
    enum call_state state;
    bool started;     /* member_started was told */
    bool use_reserve; /* may use the chair's reserve */
    json_t *input;    /* the task as this seat sees it */
    json_t *messages;
    json_t *embed, *vectors;       /* texts and what came for them, or NULL */
    void (*check)(struct seat_call *c); /* looks at an answer of good form; may refuse it, or NULL */
    struct form form;
    int reasks_left;
    json_t *presented; /* labels in order, or NULL */
    json_t *presented_ids;
    const struct label_map *map;
    int64_t start_ms, end_ms; /* end_ms: when total_ms or an outer limit cuts it */
    const char *end_reason;
    struct engine_timer timer;    /* the end of the call */
    struct engine_timer wait;     /* the end of a back-off */
    int entry;             /* of the chain */
    int tries;             /* attempts at this entry since the last turn */
    int dead_entries;      /* entries that failed for good */
    int attempt;           /* number of the running or last attempt */
    const char *next_kind; /* of the next attempt: ask, retry, fallback, reask, tool */
    int64_t next_ms;       /* when it is due */
    struct reservation reserved;
    json_t *attempts;
    json_t *current;       /* the running attempt's record, inside attempts */
    int64_t attempt_ms;    /* its start */
    uint64_t attempt_turn; /* the engine's turn in which it was wanted */
    struct engine_attempt ask;
    struct engine_want *want;
    /* outcome */
    const char *status, *reason;
    struct reading reading;
    bool read;
    json_t *error;
    json_t *flags;
    struct usage usage;
    struct cost cost;
    int64_t done_ms;
    const char *finish_reason, *model_served;
    double logprob;
    int fallback_index;      /* -1: none was used */
    struct tool_loop *tools; /* tool_loop.c; NULL: none was called */
    int exchanges;           /* complete answers so far */
    int tool_turns;          /* those of them that called tools, and had results */
    json_t *tool_log;        /* {turn, id, name, ok, latency_ms} */
    json_t *result;
    json_t *stored; /* of an ended run: {exchanges, tools}; NULL: nothing to reuse */
    size_t next_stored;
    bool reusing;             /* the exchange at hand comes from there */
    bool asked_live;          /* something was asked anew */
    bool circuit;             /* its back-off waits for a breaker */
    json_t *first_messages;   /* without what re-asks and tools added */
    double least_temperature; /* of samples; NAN: the seat's own */
    struct council *sub;      /* of a seat that is a council */
    char *sub_path;
    const char *sub_outcome;
    struct seat_call *prev, *next; /* in the round */
    UT_hash_handle hh;
};

struct seat_call *call_new(struct round *r, struct seat *s, const char *kind, const char *slot);
void call_free(struct seat_call *c);
/* What the first attempt would reserve. */
struct reservation call_estimate(const struct seat_call *c);
void call_begin(struct seat_call *c); /* leaves the queue */
/* When it was answered in the run that is resumed; INT64_MAX when it was not. Queued calls only. */
int64_t call_answered_seq(struct seat_call *c);
void call_retry_money(struct seat_call *c);
void call_wait_until(struct seat_call *c, int64_t ms); /* looks again at that time */
void call_exchange(struct seat_call *c, json_t *fact);
void call_failed(struct seat_call *c, json_t *fact);
/* The next exchange of a call whose last one is answered: kind is that of the attempt. */
void call_go_on(struct seat_call *c, const char *kind);
/* Ends it with an error of the engine's own. */
void call_error_out(struct seat_call *c, const char *code, const char *message);
/* Ends it now; an attempt in flight is aborted. */
void call_end(struct seat_call *c, const char *status, const char *reason);
/* No new attempt: ends it unless one is in flight. */
void call_drain(struct seat_call *c);
json_t *call_result(const struct seat_call *c); /* MemberResult, new */
bool call_ok(const struct seat_call *c);
void call_unprepare(struct seat_call *c); /* forgets the prompt, before it is made anew */

/* ---- a round ---- */

enum round_phase { ROUND_ROUTING, ROUND_CALLS, ROUND_CLOSED };

/* What conclude says: the round is over, or it has queued more calls. */
enum conclusion { CONCLUDED, MORE_CALLS };

/* Has the type an opt `revise`, which makes it an answer round, and what is its default? */
enum revises { REVISES_NEVER, REVISES_IF_ASKED, REVISES_UNLESS_TOLD };

struct round_type {
    const char *name;
    bool answers;         /* sets current answers */
    enum revises revises; /* opt `revise` */
    bool chair;           /* asks the chair, not the members */
    bool needs_answers;   /* two current answers at least */
    /* Beside needs_answers: do the opts of this round make answers its candidates? */
    bool (*over_answers)(const struct round *r);
    bool bracket;                  /* asks judges; members are its matter, not its seats */
    void (*open)(struct round *r); /* bracket: makes the calls */
    /* Can this seat take part? False: no_peers. */
    bool (*can_ask)(struct round *r, struct seat *s);
    /* Fills form and messages of a member's call. */
    void (*prepare)(struct round *r, struct seat_call *c);
    /* After all calls: aggregate. Called again when the calls that it queued are done. */
    enum conclusion (*conclude)(struct round *r);
    /* After each settled call, while others are open: early stop. */
    void (*watch)(struct round *r);
};

const struct round_type *round_type_find(const char *name);

struct round {
    struct council *council;
    const struct round_type *type;
    json_t *doc, *opts;
    int index, iteration;
    const char *name;
    char *key;
    enum round_phase phase;
    struct label_map *own_labels; /* scope round */
    struct seat_call *calls;           /* in document order, then what conclude added */
    int max_parallel;
    json_t *asked, *unavailable, *skipped; /* ids, ids, {id, reason} */
    int seats, need;
    const char *distinct;
    int64_t started_ms, end_ms;
    const char *end_reason;
    struct engine_timer timer;
    bool quorum_met;
    bool stopping; /* its calls were ended for a reason that ends the round */
    bool answers_set;
    json_t *routed; /* ids that the router chose */
    int entropy_step;
    bool concluded;
    struct bracket_level *level; /* pairwise_elimination: its matches */
    struct counting *counting;   /* counting.c; NULL: nothing is counted */
    struct iteration *loop;           /* the iterate round that this is an iteration of, or NULL */
    bool sequential;             /* one call at a time, each prepared when it begins */
    int converged;               /* 1, 0; -1: not asked */
    json_t *remaining;           /* ids, or NULL */
    json_t *matches, *weights;   /* or NULL */
    json_t *early_stop;          /* for the result, or NULL */
    bool early_told;
    int pretend; /* members from this number on count as still out; -1: none */
    const char *status, *reason;
    json_t *aggregate;
    double agreement;
    bool by_members;         /* the aggregate orders members */
    struct seat *chair_seat; /* synthesis: who is asked at present */
    int chair_tries;
};

struct round *round_new(struct council *c, json_t *doc, int index, int iteration);
void round_free(struct round *r);
void round_start(struct round *r);
/* A round that is not played. */
void round_skip(struct round *r, const char *reason);
bool round_step(struct round *r); /* true when something moved */
void round_end_calls(struct round *r, const char *status, const char *reason);
void round_add_call(struct round *r, struct seat_call *c);
/* Cancel: `now` ends the calls, otherwise what is in flight may end by itself. */
void round_drain(struct round *r, bool now);
json_t *round_result(const struct round *r);
struct seat_call *round_call_of(const struct round *r, const char *member_id);
bool round_excludes(const struct round *r, const struct seat *reader, const struct seat *writer);
/* The labels that a call reads, made when the scope asks for it. */
const struct label_map *round_labels(struct round *r, const char *call_id);
int open_reservations(const struct round *r);
/* Is it an answer round, with its opts? */
bool round_sets_answers(const struct round *r);
/* One member's answer, at once (sequential rounds). */
void round_set_answer(struct round *r, struct seat_call *c);

/* ---- a council ---- */

struct named_map {
    char *scope;
    struct label_map *map;
    struct named_map *next;
};

/* What a member said about the others, for the chair. */
struct review {
    char *round;
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
    struct council *parent; /* NULL: the outermost */
    bool stopped;           /* an inner one whose call was ended from outside */
    struct ledger own;      /* inner councils: a further limit */
    struct usage usage;     /* of its calls */
    struct cost cost;
    const char *path; /* "" for the outermost */
    json_t *doc;
    json_t *input;
    struct seat *members;
    int n;
    struct seat *chair;    /* NULL: none */
    struct seat *fallback; /* the fallback chairs, in order */
    int fallbacks;
    struct own_seat *own_seats; /* written out in opts: judges, routers */
    json_t *round_docs;
    int next_index;
    struct iteration *loop; /* the iterate round that is being played */
    struct tournament *tournament;
    struct named_map *pair_maps; /* labels A and B of single matches */
    struct round *round;
    struct label_map *labels;
    struct named_map *maps;
    struct review *reviews;
    json_t *rounds; /* RoundResults */
    json_t *stage_ms;
    json_t *degraded;
    int64_t started_ms, end_ms, member_end_ms;
    struct engine_timer timer;
    bool out_of_time;
    const char *skip_rest;  /* reason for which the remaining member rounds are skipped */
    json_t *last_aggregate; /* of the latest aggregate over members */
    json_t *last_vote;      /* of the latest aggregate over options */
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

struct council *council_new(struct engine *e, const char *path, json_t *doc, json_t *input);
void council_free(struct council *c);
void council_start(struct council *c);
/* An outer limit ends it earlier than its own. */
void council_shorten(struct council *c, int64_t end_ms);
bool council_step(struct council *c);
/* Cancelled, or ended from outside: nothing new is begun. */
bool council_cancelled(const struct council *c);
struct seat *council_seat(struct council *c, const char *id); /* member or chair */
/* A seat that is named by id or written out in place of a name; NULL when it is unknown. */
struct seat *council_named_seat(struct council *c, json_t *named);
/* Labels A and B for two members in this order, for one call. */
const struct label_map *council_pair_labels(struct council *c, const char *call_id, json_t *ids);
/* Mean similarity of the current answers; NAN below two. */
double council_text_agreement(const struct council *c);
int council_candidates(struct council *c, struct seat **ret); /* room for all members */
void council_degrade(struct council *c, const char *code, const struct round *r,
                     const char *member_id, const char *detail);
void council_fail(struct council *c, const char *outcome, const char *code, const char *message);
json_t *council_anonymity(const struct round *r); /* merged, new */

/* ---- the final answer and the document ---- */

void final_decide(struct council *c);
const char *council_outcome(const struct council *c);
json_t *result_document(struct council *c);
json_t *run_started_payload(struct engine *e);
json_t *members_payload(const struct council *c);
json_t *rounds_payload(const struct council *c);

/* ---- the engine ---- */

struct event_item {
    json_t *event;
    struct event_item *next;
};

struct want_item {
    struct engine_want want;
    struct seat_call *call; /* ENGINE_ATTEMPT: no longer valid when it was aborted before it was taken */
    char *call_id, *tool_id, *tool;
    struct want_item *next;
};

struct engine {
    char *run_id, *council_id, *seed, *council_sha256, *ask_sha256;
    json_t *doc, *input, *options, *reliability;
    int max_parallel;
    int64_t wall_ms;
    bool verbose;
    int64_t now;
    int64_t seq;
    uint64_t orders;
    uint64_t turn; /* counts facts and timers: what one of them starts and ends was never sent */
    struct engine_timer *timers;
    struct event_item *events;
    struct want_item *wants, *taken;
    struct seat_call *calls; /* by id */
    struct ledger ledger;
    struct breaker *breakers;
    json_t *stored; /* calls of the run that is resumed, or NULL */
    char *from_run_id;
    int reusable, reused_calls;
    int64_t carried_attempts, carried_tokens, saved_tokens;
    double carried_cost, saved_cost;
    struct council *root;
    struct auto_stage *stage; /* the choice of the council, until it is made; or NULL */
    json_t *host;             /* the document of the council that makes the choice's calls */
    json_t *context;          /* what it is resolved against */
    json_t *selected;         /* what is told of the choice, or NULL */
    const char *cancel;       /* NULL, drain, now */
    const char *cancel_reason;
    int64_t effort; /* tokens of answers times twice their seat's tier: a sum without rounding */
    json_t *warnings, *errors;
    struct usage usage;
    struct cost cost;
    int attempts, n_calls, unpriced_calls;
    bool started, finished;
    const char *outcome;
    json_t *result;
};

/* Puts an event into the queue; takes the payload over. path: of the council that it is about. */
void engine_emit(struct engine *e, const char *path, const char *type, json_t *payload);
/* A warning event, also kept for the result. member_id and context may be NULL (context is taken
 * over). */
void engine_warn(struct engine *e, const struct round *r, const char *code, const char *member_id,
                 const char *message, json_t *context);
void engine_push_want(struct engine *e, struct engine_want want, struct seat_call *call);
void engine_drop_wants(struct engine *e, const struct seat_call *call);
void engine_finish_run(struct engine *e);

#endif
