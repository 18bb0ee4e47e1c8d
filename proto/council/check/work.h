/* One council on its way to being resolved. Inner councils have a work of their own. The rooms
 * above work on it in the order of council_build.c. */
#ifndef PROTO_COUNCIL_CHECK_WORK_H
#define PROTO_COUNCIL_CHECK_WORK_H

#include "resolver.h"

enum { COUNCIL_NESTING_MAX = 3 }; /* councils in seats of councils */

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

#endif
