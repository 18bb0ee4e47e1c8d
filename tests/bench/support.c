#include "bench.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>

void bench_die(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "bench: %s:%d: ", file, line);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(1);
}

int64_t bench_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void samples_add(struct samples *s, double value)
{
    if (s->count == s->room) {
        s->room = s->room ? s->room * 2 : 64;
        s->at = realloc(s->at, s->room * sizeof *s->at);
        if (!s->at)
            DIE("out of memory");
    }
    s->at[s->count++] = value;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double samples_percentile(const struct samples *s, double percent)
{
    if (s->count == 0)
        DIE("no samples");
    double *copy = malloc(s->count * sizeof *copy);
    if (!copy)
        DIE("out of memory");
    memcpy(copy, s->at, s->count * sizeof *copy);
    qsort(copy, s->count, sizeof *copy, compare);
    double result = copy[(size_t)lround(percent / 100 * (double)(s->count - 1))];
    free(copy);
    return result;
}

void samples_release(struct samples *s)
{
    free(s->at);
    *s = (struct samples){0};
}

static json_t *lines;

static void add(const char *figure, double value, double raw, double goal, const char *unit,
                bool reached)
{
    if (!lines)
        lines = json_array();
    json_array_append_new(lines,
                          json_pack("{s:s, s:f, s:o, s:f, s:s, s:b}", "figure", figure, "value",
                                    value, "raw", raw > 0 ? json_real(raw) : json_null(), "goal",
                                    goal, "unit", unit, "reached", reached));
}

static void report(const char *figure, double value, double raw, double goal, const char *unit)
{
    double compared = raw > 0 ? value / raw : value;
    bool reached = compared <= goal;
    if (raw > 0)
        printf("%-44s %10.1f %-4s raw %10.1f  ratio %6.2f  goal <= %.2f  %s\n", figure, value, unit,
               raw, compared, goal, reached ? "reached" : "MISSED");
    else
        printf("%-44s %10.1f %-4s %31s goal <= %.1f  %s\n", figure, value, unit, "", goal,
               reached ? "reached" : "MISSED");
    fflush(stdout);
    add(figure, value, raw, goal, unit, reached);
}

void report_ratio(const char *figure, double value, double raw, double goal, const char *unit)
{
    report(figure, value, raw, goal, unit);
}

void report_value(const char *figure, double value, double goal, const char *unit)
{
    report(figure, value, 0, goal, unit);
}

void report_least(const char *figure, double value, double least, const char *unit)
{
    bool reached = value >= least;
    printf("%-44s %10.1f %-4s %31s goal >= %.1f  %s\n", figure, value, unit, "", least,
           reached ? "reached" : "MISSED");
    fflush(stdout);
    add(figure, value, 0, least, unit, reached);
}

void report_write(const char *path)
{
    if (lines && json_dump_file(lines, path, JSON_INDENT(1)) < 0)
        DIE("cannot write %s", path);
    json_decref(lines);
}
