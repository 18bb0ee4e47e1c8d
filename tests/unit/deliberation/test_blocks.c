/* What is cut from a prompt that is too long: nothing below the limits, then what may fade and no
 * more of it than has to go, then all alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"

enum { ALL = 400 * 1024, FADING = 96 * 1024, OWN = 1024 * 1024, BLOCKS_MAX = 3 };

struct scene {
    struct engine e;
    struct round round;
    struct seat_call call;
    struct prompt p;
};

static void begin(struct scene *s, int most)
{
    static char seed[] = "s", id[] = "c";
    *s = (struct scene){.e.seed = seed};
    s->round.opts = j_pack("{s:i}", "max_answer_bytes", most);
    s->call = (struct seat_call){.e = &s->e, .round = &s->round, .id = id, .flags = j_array()};
    prompt_init(&s->p, &s->call);
}

static void clear(struct scene *s)
{
    prompt_release(&s->p);
    json_decref(s->call.flags);
    json_decref(s->round.opts);
}

static void add(struct prompt *p, size_t size, bool may_fade)
{
    char *text = xmalloc(size + 1);
    memset(text, 'x', size);
    text[size] = '\0';
    prompt_block(p, "answer", "Response A", NULL, text)->may_fade = may_fade;
    free(text);
}

static size_t size_of(const struct prompt *p, bool fading)
{
    size_t sum = 0;
    for (int i = 0; i < p->n; i++)
        sum += !fading || p->blocks[i].may_fade ? gate_size(&p->gate, p->blocks[i].quote) : 0;
    return sum;
}

static void which_blocks_are_cut(void **state)
{
    (void)state;
    /* kinds: f may fade, n not; cut: x is */
    static const struct {
        const char *kinds;
        size_t sizes[BLOCKS_MAX];
        const char *cut;
    } CASES[] = {
        {"", {0}, ""},
        {"f", {0}, "-"},
        {"f", {FADING - 1}, "-"},
        {"f", {FADING}, "-"},
        {"f", {FADING + 1}, "x"},
        {"f", {FADING + 2}, "x"},
        {"n", {FADING + 1}, "-"},
        {"n", {ALL}, "-"},
        {"n", {ALL + 1}, "x"},
        {"ff", {FADING / 2, FADING / 2}, "--"},
        {"ff", {FADING / 2, FADING / 2 + 1}, "x-"},
        {"ff", {60000, 60000}, "x-"},
        {"fff", {60000, 60000, 60000}, "xx-"},
        {"ff", {400, FADING}, "-x"}, /* the first is as short as can be */
        {"ff", {448, FADING}, "-x"}, /* and a word about a cut would make it longer */
        {"ff", {449, FADING}, "xx"},
        {"ff", {1000, FADING}, "xx"},
        {"nf", {ALL - 9600, 9600}, "--"},
        {"nf", {ALL - 9600, 9601}, "-x"},
        {"nff", {300000, 90000, 90000}, "-x-"},
        {"fnf", {90000, 300000, 90000}, "x--"},
        {"nf", {ALL + 1, 100}, "x-"}, /* what may fade is too little: all alike */
        {"nn", {ALL / 2, ALL / 2}, "--"},
        {"nn", {ALL / 2, ALL / 2 + 1}, "-x"},
        {"nnn", {ALL / 3, ALL / 3 + 2, ALL / 3}, "-x-"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct scene s;
        char cut[BLOCKS_MAX + 1] = "";
        begin(&s, OWN);
        for (size_t k = 0; CASES[i].kinds[k]; k++)
            add(&s.p, CASES[i].sizes[k], CASES[i].kinds[k] == 'f');
        prompt_cut(&s.p);
        prompt_cut(&s.p); /* nothing is left to be done, and it is flagged once */
        for (int k = 0; k < s.p.n; k++)
            cut[k] = gate_was_cut(&s.p.gate, s.p.blocks[k].quote) ? 'x' : '-';
        if (strcmp(cut, CASES[i].cut) != 0)
            fail_msg("case %zu, %s: %s is cut, not %s", i, CASES[i].kinds, cut, CASES[i].cut);
        assert_int_equal(json_array_size(s.call.flags), strchr(cut, 'x') ? 1 : 0);
        assert_int_equal(j_array_has(s.call.flags, "material_cut"), strchr(cut, 'x') != NULL);
        if (size_of(&s.p, true) > FADING)
            fail_msg("case %zu: %zu bytes that may fade", i, size_of(&s.p, true));
        clear(&s);
    }
}

/* What goes over the bound is cut and the line that tells of it, no more. */
static void no_more_is_cut_than_has_to_be(void **state)
{
    (void)state;
    static const struct {
        const char *kinds;
        size_t sizes[BLOCKS_MAX], most;
    } CASES[] = {
        {"f", {FADING + 1}, FADING},
        {"ff", {60000, 60000}, FADING},
        {"fff", {60000, 60000, 60000}, FADING},
        {"nf", {ALL - 9600, 9601}, ALL},
        {"nff", {ALL - 60000, 50000, 20000}, ALL},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct scene s;
        begin(&s, OWN);
        for (size_t k = 0; CASES[i].kinds[k]; k++)
            add(&s.p, CASES[i].sizes[k], CASES[i].kinds[k] == 'f');
        prompt_cut(&s.p);
        size_t left = size_of(&s.p, false);
        if (left > CASES[i].most || left < CASES[i].most - 100)
            fail_msg("case %zu: %zu bytes are left of %zu", i, left, CASES[i].most);
        clear(&s);
    }
}

/* A text longer than one may be is cut when it comes, whatever the others are. */
static void each_block_has_a_limit(void **state)
{
    (void)state;
    for (size_t more = 0; more < 3; more++) {
        struct scene s;
        begin(&s, 1000);
        add(&s.p, 999 + more, false);
        assert_int_equal(gate_was_cut(&s.p.gate, s.p.blocks[0].quote), more == 2);
        assert_int_equal(size_of(&s.p, false) == 999 + more, more < 2);
        prompt_cut(&s.p);
        assert_int_equal(j_array_has(s.call.flags, "material_cut"), more == 2);
        clear(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_blocks_are_cut),
        cmocka_unit_test(no_more_is_cut_than_has_to_be),
        cmocka_unit_test(each_block_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
