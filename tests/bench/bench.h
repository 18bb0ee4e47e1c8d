/* What the figures of the bench share: samples, a daemon of its own, a client, raw probes, the
 * report.
 *
 * Each figure is measured in rounds that alternate with its raw probe, so that both see the same
 * machine; what counts is the ratio of the medians. Whatever cannot go on ends the program (die).
 */
#ifndef BENCH_H
#define BENCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define DIE(...) bench_die(__FILE__, __LINE__, __VA_ARGS__)
void bench_die(const char *file, int line, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));
int64_t bench_ns(void);

/* ---- samples */
struct samples {
    double *at;
    size_t count, room;
};
void samples_add(struct samples *s, double value);
double samples_percentile(const struct samples *s, double percent); /* sorts a copy */
void samples_release(struct samples *s);

/* ---- councild, started for one figure */
struct daemon {
    pid_t pid;
    char dir[64];
    char socket[96];
};
/* binary directory, runner (NULL: the product's own), further flags (NULL-terminated or NULL) */
void daemon_start(struct daemon *d, const char *build, const char *runner,
                  const char *const *flags);
/* The same with its socket and its records below another directory than /tmp. */
void daemon_start_in(struct daemon *d, const char *parent, const char *build, const char *runner,
                     const char *const *flags);
void daemon_stop(struct daemon *d);
int64_t daemon_cpu_ns(const struct daemon *d); /* CPU that it has used so far */
long daemon_rss_kib(const struct daemon *d);
long process_pss_kib(pid_t pid);
long process_heap_kib(pid_t pid); /* RSS that is no file's */

/* ---- a client of the control protocol; blocking */
struct client;
struct client *client_open(const struct daemon *d);
void client_close(struct client *c);
void client_send(struct client *c, const char *line, size_t len); /* a whole line */
json_t *client_read(struct client *c); /* next line, parsed; caller decrefs */
char *client_read_line(struct client *c,
                       size_t *ret_len); /* next line, valid until the next call */
char *client_try_line(struct client *c); /* the next line if one is there, else NULL */
void client_send_json(struct client *c, json_t *message);
json_t *client_call(struct client *c, const char *method,
                    json_t *params); /* steals params; the result */
json_t *client_wait(struct client *c,
                    const char *method); /* the next notification of that name: its params */
void client_wait_line(struct client *c, const char *word); /* reads up to a line that has it */
/* A council for the mock provider, and one whose metadata carries the stand-in runner's script. */
json_t *council_mock(void);
json_t *council_idle(void); /* one mock member that takes an hour: the run is idle */
json_t *council_script(json_t *script);
/* Whether it is the child of councild that syncs records: neither a run nor a spare. */
bool process_syncs(pid_t pid);
/* Waits until councild has `children` children: live runs and spares. */
void wait_for_children(const struct daemon *d, size_t children);

/* ---- raw probes */
/* Fork, _exit, reap, with as much memory to copy as councild has: it would fork itself. */
double probe_fork_us(const struct daemon *d);
/* SIGKILL of a process of that program to the epoll event of its pidfd. */
double probe_pidfd_us(const char *runner);
/* CPU of one send() of so many bytes to each of `readers` processes that sleep in recv(). */
double probe_send_us(size_t bytes, int readers, int count);
pid_t probe_spawn_runner(const char *runner, int *ret_link); /* posix_spawn with the link on 3 */
void probe_send_spec(int link, json_t *council, json_t *providers, int journal);
void probe_await_ready(int link);

/* ---- the report */
void report_ratio(const char *figure, double value, double raw, double goal, const char *unit);
void report_value(const char *figure, double value, double goal, const char *unit);
void report_least(const char *figure, double value, double least, const char *unit);
void report_write(const char *path);

/* ---- figures, one file each; `build` is the directory with the binaries */
void figure_start(const char *build);
void figure_down(const char *build);
void figure_terminate_all(const char *build);
void figure_burst(const char *build);
void figure_events(const char *build);
void figure_memory(const char *build);
void figure_soak(const char *build);
void figure_runner(const char *build);
void figure_live(const char *build);
void figure_tls(const char *build);
void figure_tool(const char *build);
void figure_sandbox(const char *build);
void figure_list(const char *build);

#endif
