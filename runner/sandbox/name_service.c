#include "name_service.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/file.h"

enum { CONFIGURATION_MAX = 64 * 1024, SERVICE_MAX = 64 };

static const char *hosts_line(const char *text)
{
    while (text && *text) {
        text += strspn(text, " \t");
        if (!strncmp(text, "hosts:", 6))
            return text + 6;
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return NULL;
}

/* Behind blanks and what is to be done after it, [NOTFOUND=return]. */
static const char *next_service(const char *at)
{
    for (;;) {
        at += strspn(at, " \t");
        if (*at != '[')
            return at;
        at += strcspn(at, "]\n");
        at += *at == ']';
    }
}

bool name_service_find(const char *text, size_t index, char *ret, size_t size)
{
    const char *at = hosts_line(text);
    size_t len = 0;
    for (size_t i = 0; at && i <= index; i++) {
        at = next_service(at + len);
        len = strcspn(at, " \t\n[#");
    }
    if (!at || !len || len >= size)
        return false;
    memcpy(ret, at, len);
    ret[len] = '\0';
    return true;
}

/* The name of a library comes out of a file of the system's: a path is none. */
static void load(const char *service)
{
    char library[SERVICE_MAX + 16];
    if (strchr(service, '/'))
        return;
    snprintf(library, sizeof(library), "libnss_%s.so.2", service);
    /* It stays loaded: libc finds it there. Where there is none libc does without, and so do we. */
    (void)dlopen(library, RTLD_NOW);
}

static void load_services(const char *text)
{
    char service[SERVICE_MAX];
    for (size_t i = 0; name_service_find(text, i, service, sizeof(service)); i++)
        if (strcmp(service, "files") != 0 && strcmp(service, "dns") != 0)
            load(service);
}

void name_service_load(void)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found;
    _cleanup_free_ char *text = NULL;
    size_t len;
    if (file_read(AT_FDCWD, "/etc/nsswitch.conf", CONFIGURATION_MAX, &text, &len, NULL) == 0)
        load_services(text);
    if (getaddrinfo("localhost", "443", &hints, &found) == 0)
        freeaddrinfo(found);
}
