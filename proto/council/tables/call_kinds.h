/* What a call of a council is for. Its name stands in call ids, in events and in results. */
#ifndef PROTO_COUNCIL_TABLES_CALL_KINDS_H
#define PROTO_COUNCIL_TABLES_CALL_KINDS_H

enum call_kind_flags {
    CALL_HAS_TOOLS = 1 << 0,    /* those of its seat */
    CALL_USES_RESERVE = 1 << 1, /* the money that is kept back for the chair */
    CALL_IS_RESULT = 1 << 2,    /* its result is its seat's result of the round */
    CALL_OWN_WORK = 1 << 3,     /* what its seat is there for: the seat's own words hold */
};

/* ROW(ID, name, flags, doc) */
/* clang-format off */
#define CALL_KIND_ROWS(ROW)                                                                        \
    ROW(MEMBER, member, CALL_HAS_TOOLS | CALL_IS_RESULT | CALL_OWN_WORK, "a member's turn in a round")          \
    ROW(CHAIR, chair, CALL_HAS_TOOLS | CALL_USES_RESERVE | CALL_IS_RESULT | CALL_OWN_WORK, "the last word")     \
    ROW(JUDGE, judge, 0, "which of two answers is better, or which answers mean the same")         \
    ROW(SAMPLE, sample, CALL_HAS_TOOLS | CALL_OWN_WORK, "a member's turn once more, to see whether it varies")     \
    ROW(ROUTER, router, 0, "who takes part")                                                       \
    ROW(CONSENSUS, consensus, 0, "have the members come to agree?")                                \
    ROW(TIEBREAK, tiebreak, 0, "which of the leaders wins")                                        \
    ROW(AUTO, auto, 0, "which council is it?")
/* clang-format on */

#define KIND_ID(ID, ...) CALL_KIND_##ID,
enum call_kind { CALL_KIND_ROWS(KIND_ID) CALL_KIND_COUNT };
#undef KIND_ID

struct call_kind_row {
    const char *name;
    unsigned flags; /* enum call_kind_flags */
    const char *doc;
};

extern const struct call_kind_row CALL_KINDS[CALL_KIND_COUNT];

#endif
