/* Descriptors over the link. */
#include "link.h"

#include "common/fd.h"

#include <errno.h>
#include <sys/socket.h>

/* Room for more than is ever sent, so that what a broken peer sends can be closed, not lost. */
enum { RECEIVE_MAX = 16 };

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(RECEIVE_MAX * sizeof(int))];
};

ssize_t link_send_fds(int sock, const void *bytes, size_t len, const int *fds, size_t n)
{
    struct iovec iov = {.iov_base = (void *)bytes, .iov_len = len};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    union control control = {.bytes = {0}};
    ssize_t sent;

    if (n > LINK_FDS_MAX)
        return -EINVAL;
    if (n > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(n * sizeof(int));
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(head), fds, n * sizeof(int));
    }
    do
        sent = sendmsg(sock, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

static void keep(const struct cmsghdr *head, int fds[LINK_FDS_MAX], size_t *n_fds)
{
    size_t n = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);

    for (size_t i = 0; i < n; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(fd));
        if (*n_fds < LINK_FDS_MAX)
            fds[(*n_fds)++] = fd;
        else
            fd_close(&fd);
    }
}

ssize_t link_recv_fds(int sock, void *to, size_t len, int fds[LINK_FDS_MAX], size_t *n_fds)
{
    struct iovec iov = {.iov_base = to, .iov_len = len};
    union control control;
    struct msghdr message = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t got;

    do
        got = recvmsg(sock, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head))
        if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
            keep(head, fds, n_fds);
    return got;
}
