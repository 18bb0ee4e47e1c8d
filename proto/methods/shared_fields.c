#include "shared_fields.h"

#include "method_params.h"
#include "proto/sandbox.h"

const struct field_form FORM_RUN_ID = {
    .text = "string of 1..128 of A-Z a-z 0-9 . _ -, first a letter, digit or _",
    .pattern = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$",
    .valid = runid_valid,
};
const struct field_form FORM_REF = {
    .text = "string, a ref",
    .pattern = "^ref_[A-Za-z0-9_-]{11}$",
    .valid = ref_valid,
};

const char *const WORDS_CONTAINMENT[] = {"cgroup", "group", NULL};
const char *const WORDS_OUTCOME[] = {"complete", "degraded",  "refused",
                                     "failed",   "cancelled", NULL};
const char *const WORDS_CANCEL_MODE[] = {"drain", "now", NULL};

const struct field FIELDS_NONE[] = {FIELDS_END};
const struct field FIELDS_REGISTRY[] = {{"registry", FIELD_STRING, 0,
                                         offsetof(struct registry_params, registry), 1, 128,
                                         .doc = "only runs of this group; left out: all"},
                                        FIELDS_END};
const struct field FIELDS_RUN_ID[] = {RUN_ID(run_id_params), FIELDS_END};

#define LIMIT(member, least, text)                                                                 \
    {.name = #member,                                                                              \
     .type = FIELD_INT,                                                                            \
     .offset = offsetof(struct run_limits, member),                                                \
     .min = (least),                                                                               \
     .max = INT64_MAX,                                                                             \
     .def = -1,                                                                                    \
     .doc = (text)},

const struct field FIELDS_RUN_LIMITS[] = {RUN_LIMITS(LIMIT) FIELDS_END};

#define IN_FORCE(NAME, DOC)                                                                        \
    {                                                                                              \
#NAME, FIELD_BOOL, FIELD_REQUIRED, .doc = (DOC)                                            \
    }
/* What holds a program of a tool. */
static const struct field TOOLS_SANDBOX[] = {
    IN_FORCE(namespaces, "a root folder, processes and a network of its own"),
    IN_FORCE(fresh_proc, "its /proc shows its own processes; else it is empty, with namespaces"),
    {"landlock", FIELD_INT, FIELD_REQUIRED, .doc = "the kernel's version of it; 0: none"},
    IN_FORCE(files, "it reads the system and what its entry lists"),
    IN_FORCE(network, "none without the word of its entry"),
    IN_FORCE(scopes, "no signals and no abstract sockets of others"),
    IN_FORCE(syscalls, "none that reach into others or give rights"),
    FIELDS_END};

const struct field FIELDS_SANDBOX[] = {
    {"mode", FIELD_WORD, FIELD_REQUIRED, .words = SANDBOX_MODE_NAMES, .doc = "as configured"},
    {"landlock", FIELD_INT, FIELD_REQUIRED, .doc = "the kernel's version of it; 0: none"},
    IN_FORCE(no_new_privs, "set-uid programs give no rights"),
    IN_FORCE(files, "it reads what libraries and TLS need and writes nothing"),
    IN_FORCE(network, "TCP goes only to the ports of its providers and proxies, and to 53"),
    IN_FORCE(scopes, "no signals and no abstract sockets of others"),
    IN_FORCE(syscalls, "those of docs/sandbox.md, and no others"),
    IN_FORCE(undumpable, "no core dumps, no debugger of the same user"),
    {"tools", FIELD_OBJECT, FIELD_NULLABLE, .sub = TOOLS_SANDBOX,
     .doc =
         "what the tools of this run are closed in with that are programs; null: there are none"},
    FIELDS_END};

const struct field FIELDS_COUNTS[] = {
    {"active", FIELD_INT, FIELD_REQUIRED, .doc = "runs listed by which_children"},
    {"starting", FIELD_INT, FIELD_REQUIRED, .doc = "runs that are not ready yet"},
    {"terminating", FIELD_INT, FIELD_REQUIRED, .doc = "active runs that are being stopped"},
    {"specs", FIELD_INT, FIELD_REQUIRED, .doc = "active + starting"},
    {"workers", FIELD_INT, FIELD_REQUIRED, .doc = "active + starting"},
    {"supervisors", FIELD_INT, FIELD_REQUIRED, .doc = "0"},
    FIELDS_END};
