/* The bench as a runner's parent: what councild sends and awaits, without councild. */
#include "bench.h"

#include <errno.h>
#include <sys/socket.h>

void probe_send_spec(int link, json_t *council, json_t *providers, int journal)
{
    json_t *spec =
        json_pack("{s:s, s:i, s:s, s:s, s:O, s:s, s:{}, s:s, s:{}, s:{}, s:O, s:{}, s:{}, s:{}, "
                  "s:{}}",
                  "type", "spec", "v", 1, "run_id", "run_AAAAAAAAAAA", "council_id", "dynamic:idle",
                  "council", council, "input", "x", "options", "seed", "bench", "limits",
                  "catalogue", "providers", providers, "prices", "defaults", "tools", "keys");
    if (!spec)
        DIE("cannot make a spec");
    char *text = json_dumps(spec, JSON_COMPACT);
    char control[CMSG_SPACE(sizeof journal)] = {0};
    struct iovec part[2] = {{text, strlen(text)}, {(char[]){'\n'}, 1}};
    struct msghdr message = {
        .msg_iov = part, .msg_iovlen = 2, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof journal);
    memcpy(CMSG_DATA(header), &journal, sizeof journal);
    if (sendmsg(link, &message, MSG_NOSIGNAL) < 0)
        DIE("sendmsg: %s", strerror(errno));
    free(text);
    json_decref(spec);
}

void probe_await_ready(int link)
{
    char text[65536];
    size_t len = 0;
    while (len < sizeof text - 1) {
        ssize_t n = recv(link, text + len, sizeof text - 1 - len, 0);
        if (n <= 0)
            DIE("the runner closed its link: %.*s", (int)len, text);
        len += (size_t)n;
        text[len] = '\0';
        if (strstr(text, "\"ready\""))
            return;
        if (strstr(text, "\"failed\""))
            DIE("the runner refused the spec: %s", text);
    }
}
