/* One council on its way to being resolved, and the parts that resolve its pieces. Inner councils
 * have a work of their own. */
#ifndef PROTO_COUNCIL_CHECK_WORK_H
#define PROTO_COUNCIL_CHECK_WORK_H

#include "resolver.h"

struct work {
    struct resolver *r;
    const struct place *at;   /* the document */
    const json_t *raw;        /* as it was submitted */
    const json_t *doc;        /* checked copy */
    const struct work *outer; /* NULL: outermost */
    const char *name;         /* in the catalogue; NULL: inline */
    int depth;
    bool has_chair;
    bool self_report;   /* the template wants seats without a confidence method to report */
    bool from_template; /* rounds come from a template: places point into its opts */
    bool unknown_price; /* calls without a known price are refused */
    bool weights_used;
    json_t *profiles;   /* checked bundles of the document; borrowed from doc */
    json_t *tools;      /* resolved council tools */
    json_t *ids;        /* {id: true} of every seat, inline judges too */
    json_t *members;    /* resolved, `bad` where one failed */
    json_t *member_ids; /* {id: index}, also of faulty members */
    json_t *chair;      /* resolved, or NULL */
    json_t *anonymity;  /* filled */
    json_t *budget;     /* filled, limits in force */
    json_t *router;     /* resolved council router, null or bad */
    json_t *expanded;   /* the template's rounds, or NULL */
};

/* council.c: resolves a document whose form is not yet checked. A new reference, or NULL when it
 * has faults (or no memory). */
json_t *council_build(struct resolver *r, json_t *document, const char *name,
                      const struct place *at, const struct work *outer);

/* budget.c: fills w->budget and w->unknown_price from the document and, outermost, the others. */
void budget_fill(struct work *w);

/* bundle.c */
/* Checks names and relations inside one written bundle; what failed becomes bad in it. */
void bundle_check(struct work *w, json_t *bundle, const struct place *at);
/* The configuration of a provider, which is noted as used; NULL when it is not configured. */
json_t *provider_use(struct resolver *r, const char *name);
const char *provider_type(const struct resolver *r, const char *name);
/* {input, output, cached_input} from the operator's table, or null; a new reference. */
json_t *price_look_up(struct resolver *r, const char *provider, const char *model);

/* tool.c: an inline or named tool as an object (new reference), or bad. */
json_t *tool_resolve(struct work *w, json_t *tool, const struct place *at);
/* Resolves a list; tools named twice are a fault. */
json_t *tools_resolve(struct work *w, json_t *tools, const struct place *at);

/* Documents of one list have different ids. */
bool documents_ids_check(struct work *w, const json_t *documents, const struct place *at);

/* seat.c */
enum seat_kind { SEAT_MEMBER, SEAT_CHAIR, SEAT_EXTRA };
/* `seat` is a checked copy. A new reference, or bad. */
json_t *seat_resolve(struct work *w, const json_t *seat, enum seat_kind kind,
                     const struct place *at);
/* A seat that is named or written in place: `words` (may be NULL) and member ids stay strings. */
json_t *seat_or_name(struct work *w, json_t *value, const char *const *words,
                     const struct place *at);
/* Notes a seat's id: reserved_id, duplicate_id. */
void seat_id_claim(struct work *w, const json_t *seat, const char *fallback,
                   const struct place *at);
bool member_known(const struct work *w, const json_t *id);
void member_check(struct work *w, const json_t *id, const struct place *at);

/* mapper.c */
json_t *mapper_resolve(struct work *w, json_t *mapper, const struct place *at);
bool placeholders_check(struct resolver *r, const json_t *text, const struct place *at);

/* router.c, condition.c */
json_t *router_resolve(struct work *w, json_t *router, const struct place *at);
void condition_check(struct work *w, json_t *condition, const struct place *at);
json_t *until_resolve(struct work *w, json_t *until, const struct place *at);

/* round.c: all rounds, the template expanded, synthesis appended; a new reference. */
json_t *rounds_resolve(struct work *w);

/* template.c: the rounds that the template stands for, as a document would write them (a new
 * reference; NULL after a fault). Called before the seats are resolved, since some templates ask
 * for confidences. */
json_t *template_expand(struct work *w, const json_t *template, const struct place *at);

/* estimate.c */
void estimate_check(struct work *w, const json_t *resolved);
void planned_check(struct resolver *r, const json_t *resolved);

#endif
