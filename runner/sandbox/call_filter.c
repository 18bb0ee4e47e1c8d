#include "call_filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "call_program.h"
#include "common/cleanup.h"
#include "common/seccomp.h"
#include "common/xalloc.h"

/* Numbers below `first` of the next line and from this one's `first` on. The last one is what the
 * newest call of the kernel headers of Debian 12 has, and the same everywhere. */
static const struct {
    uint32_t first;
    bool known;
} NUMBERS[] = {
#if defined(__x86_64__)
    {0, true},
    {335, false},
    {424, true},
    {451, false},
#else
    {0, true}, {244, false}, {260, true}, {295, false}, {424, true}, {451, false},
#endif
};

bool call_is_known(uint32_t number)
{
    bool known = false;
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS) && NUMBERS[i].first <= number; i++)
        known = NUMBERS[i].known;
    return known;
}

/* A range of numbers, up to the next one's first, that is answered alike. */
struct segment {
    uint32_t first;
    int answer;
    const struct call_row *const *rows; /* whose tests decide; NULL: the answer alone */
    size_t count;
};

struct call_filter {
    struct call_program program;
    int32_t pid;
    struct segment *segments;
    size_t count;
};

/* ---- ranges ---- */

/* Rows of one call stay in the order of the table. */
static int compare_rows(const void *a, const void *b)
{
    const struct call_row *x = *(const struct call_row *const *)a,
                          *y = *(const struct call_row *const *)b;
    return x->number != y->number ? x->number - y->number : (x > y) - (x < y);
}

static bool is_plain(const struct call_row *row)
{
    return !row->tests[0].mask;
}

static void add_segment(struct call_filter *f, struct segment s)
{
    struct segment *last = f->count ? &f->segments[f->count - 1] : NULL;
    if (!last || last->rows || s.rows || last->answer != s.answer)
        f->segments[f->count++] = s;
}

static int answer_without_row(const struct call_policy *p, uint32_t number)
{
    return call_is_known(number) ? p->others : p->unknown;
}

/* The ranges of numbers that nobody has a row for, from one number up to another. */
static void add_gap(struct call_filter *f, const struct call_policy *p, uint32_t from, uint64_t to)
{
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++) {
        uint32_t first = NUMBERS[i].first > from ? NUMBERS[i].first : from;
        uint64_t end = i + 1 < ARRAY_LEN(NUMBERS) ? NUMBERS[i + 1].first : UINT64_C(1) << 32;
        if (first < to && first < end)
            add_segment(f, (struct segment){first, answer_without_row(p, first), NULL, 0});
    }
}

static void add_group(struct call_filter *f, const struct call_row *const *rows, size_t count)
{
    struct segment s = {(uint32_t)rows[0]->number, rows[0]->answer, NULL, 0};
    if (!is_plain(rows[0])) {
        s.rows = rows;
        s.count = count;
    }
    add_segment(f, s);
}

/* The sorted rows of one call. */
static size_t group_length(const struct call_row *const *rows, size_t count)
{
    size_t n = 1;
    while (n < count && rows[n]->number == rows[0]->number)
        n++;
    return n;
}

static int check_group(const struct call_row *const *rows, size_t count, struct error *err)
{
    if (!call_is_known((uint32_t)rows[0]->number))
        return error_set(err, EINVAL, "system call %s: its number is not known", rows[0]->name);
    for (size_t i = 0; i + 1 < count; i++)
        if (is_plain(rows[i]))
            return error_set(err, EINVAL, "system call %s: a row behind one without tests",
                             rows[0]->name);
    return 0;
}

static int make_segments(struct call_filter *f, const struct call_policy *p,
                         const struct call_row *const *rows, struct error *err)
{
    uint32_t from = 0;
    for (size_t i = 0, n; i < p->count; i += n) {
        n = group_length(rows + i, p->count - i);
        if (check_group(rows + i, n, err) < 0)
            return -EINVAL;
        add_gap(f, p, from, (uint64_t)rows[i]->number);
        add_group(f, rows + i, n);
        from = (uint32_t)rows[i]->number + 1;
    }
    add_gap(f, p, from, UINT64_C(1) << 32);
    return 0;
}

/* ---- the program ---- */

static void put_rows(struct call_filter *f, const struct segment *s)
{
    for (size_t i = 0; i < s->count; i++)
        call_program_row(&f->program, s->rows[i], f->pid);
    if (!is_plain(s->rows[s->count - 1]))
        call_program_answer(&f->program, s->rows[0]->failing);
}

static void put_tree(struct call_filter *f, const struct segment *s, size_t count)
{
    size_t half = count / 2;
    if (count == 1) {
        if (s->rows)
            put_rows(f, s);
        else
            call_program_answer(&f->program, s->answer);
        return;
    }
    size_t branch = call_program_branch(&f->program, s[half].first);
    put_tree(f, s, half);
    call_program_land(&f->program, branch);
    put_tree(f, s + half, count - half);
}

struct call_filter *call_filter_new(const struct call_policy *policy, int32_t pid,
                                    struct error *err)
{
    struct call_filter *f = xcalloc(1, sizeof(*f));
    _cleanup_free_ const struct call_row **rows = xcalloc(policy->count + 1, sizeof(*rows));
    /* Each row ends a gap of at most all ranges that there are. */
    f->segments =
        xcalloc(policy->count + (policy->count + 1) * ARRAY_LEN(NUMBERS), sizeof(*f->segments));
    f->pid = pid;
    for (size_t i = 0; i < policy->count; i++)
        rows[i] = &policy->rows[i];
    qsort(rows, policy->count, sizeof(*rows), compare_rows);
    int r = make_segments(f, policy, rows, err);
    if (r == 0) {
        call_program_begin(&f->program, SECCOMP_OWN_ARCHITECTURE, policy->unknown);
        put_tree(f, f->segments, f->count);
        if (f->program.overflow)
            r = error_set(err, E2BIG, "the filter of system calls is too long");
    }
    free(f->segments);
    f->segments = NULL;
    if (r == 0)
        return f;
    call_filter_free(f);
    return NULL;
}

void call_filter_free(struct call_filter *f)
{
    free(f);
}

size_t call_filter_length(const struct call_filter *f)
{
    return f->program.length;
}

int call_filter_answer(const struct call_filter *f, uint32_t number, const uint64_t arguments[6])
{
    struct seccomp_data data = {.nr = (int)number, .arch = SECCOMP_OWN_ARCHITECTURE};
    memcpy(data.args, arguments, sizeof(data.args));
    return call_program_run(&f->program, &data);
}

int call_filter_enforce(const struct call_filter *f)
{
    struct sock_fprog program = {(unsigned short)f->program.length,
                                 (struct sock_filter *)f->program.code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ? -errno : 0;
}
