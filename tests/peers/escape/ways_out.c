/* Ways out over sockets: the control socket, other ports, other protocols, abstract names. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "escape.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static int local_name(struct sockaddr_un *ret, const char *name, bool abstract)
{
    size_t len = strlen(name);
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret->sun_path + abstract, name, len);
    return (int)(offsetof(struct sockaddr_un, sun_path) + len + 1);
}

static int connect_local(const char *name, bool abstract, int *ret_fd)
{
    struct sockaddr_un to;
    int len = local_name(&to, name, abstract), fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *ret_fd = fd;
    return fd < 0 || connect(fd, (struct sockaddr *)&to, (socklen_t)len) < 0 ? errno : 0;
}

/* Got through is who gets an answer to a request. */
static int control(const char *path)
{
    static const char request[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"run.list\",\"params\":{}}\n";
    char reply[4096];
    int fd, r = connect_local(path, false, &fd);
    if (r)
        return r;
    if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
        return ESCAPE_REFUSED;
    ssize_t n = recv(fd, reply, sizeof(reply) - 1, 0);
    if (n <= 0)
        return ESCAPE_REFUSED;
    reply[n] = 0;
    return strstr(reply, "\"result\"") ? 0 : ESCAPE_REFUSED;
}

static int abstract_stream(const char *name)
{
    int fd;
    return connect_local(name, true, &fd);
}

static int send_to_abstract(int fd, const char *name)
{
    struct sockaddr_un to;
    int len = local_name(&to, name, true);
    return fd < 0 || sendto(fd, "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&to, (socklen_t)len) < 0
               ? errno
               : 0;
}

static int abstract_datagram(const char *name)
{
    return send_to_abstract(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), name);
}

static int pair_to_abstract(const char *name)
{
    struct sockaddr_un to;
    int pair[2], len = local_name(&to, name, true);
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0)
        return errno;
    return connect(pair[0], (struct sockaddr *)&to, (socklen_t)len) < 0 ? errno
           : send(pair[0], "x", 1, MSG_NOSIGNAL) < 0                    ? errno
                                                                        : 0;
}

static struct sockaddr_in loopback(const char *port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((unsigned short)escape_number(port)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int connect_by(int protocol, const char *port)
{
    struct sockaddr_in to = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);
    return fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

static int tcp(const char *port)
{
    return connect_by(0, port);
}

static int multipath(const char *port)
{
    return connect_by(IPPROTO_MPTCP, port);
}

static int fast_open(const char *port)
{
    struct sockaddr_in to = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 || sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&to,
                            sizeof(to)) < 0
               ? errno
               : 0;
}

static int fast_open_message(const char *port)
{
    struct sockaddr_in to = loopback(port);
    struct iovec data = {.iov_base = (char[]){'x'}, .iov_len = 1};
    struct msghdr message = {
        .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &data, .msg_iovlen = 1};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 || sendmsg(fd, &message, MSG_FASTOPEN | MSG_NOSIGNAL) < 0 ? errno : 0;
}

static int fast_open_option(const char *port)
{
    struct sockaddr_in to = loopback(port);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)) < 0 ||
                   connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
                   send(fd, "x", 1, MSG_NOSIGNAL) < 0
               ? errno
               : 0;
}

static int udp(const char *port)
{
    struct sockaddr_in to = loopback(port);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd < 0 || sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

static int serve(const char *none)
{
    (void)none;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 || listen(fd, 1) < 0 ? errno : 0;
}

static int family(int family, int type)
{
    return socket(family, type | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

static int packets(const char *none)
{
    (void)none;
    return family(AF_PACKET, SOCK_RAW);
}

static int machines(const char *none)
{
    (void)none;
    return family(AF_VSOCK, SOCK_STREAM);
}

static int ciphers(const char *none)
{
    (void)none;
    return family(AF_ALG, SOCK_SEQPACKET);
}

static int clusters(const char *none)
{
    (void)none;
    return family(AF_RDS, SOCK_SEQPACKET);
}

static int diagnosis(const char *none)
{
    (void)none;
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 4 /* NETLINK_SOCK_DIAG */) < 0 ? errno : 0;
}

const struct attempt ESCAPE_NETWORK[] = {
    {"control-socket", "socket", control},
    {"abstract-stream", "abstract", abstract_stream},
    {"abstract-datagram", "abstract_datagram", abstract_datagram},
    {"abstract-by-pair", "abstract_datagram", pair_to_abstract},
    {"tcp-provider", "provider_port", tcp},
    {"tcp-other", "port", tcp},
    {"mptcp-other", "port", multipath},
    {"fast-open-other", "port", fast_open},
    {"fast-open-message", "port", fast_open_message},
    {"fast-open-option", "port", fast_open_option},
    {"udp-other", "port", udp},
    {"serve", NULL, serve},
    {"packets", NULL, packets},
    {"vsock", NULL, machines},
    {"af-alg", NULL, ciphers},
    {"rds", NULL, clusters},
    {"socket-diagnosis", NULL, diagnosis},
    {NULL, NULL, NULL},
};
