#include "cgroup_root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cgroup_tree.h"
#include "daemon/os/sys.h"

static const char *const CONTROLLERS[CGROUP_CONTROLLERS] = {"memory", "pids"};

/* Is the word in a list such as "cpu memory pids\n"? */
static bool lists_word(const char *text, const char *word)
{
    const size_t len = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at += len) {
        const bool starts = at == text || at[-1] == ' ';
        if (starts && (at[len] == ' ' || at[len] == '\n' || at[len] == '\0'))
            return true;
    }
    return false;
}

static bool file_lists(int dir, const char *file, const char *word)
{
    char text[1024];
    return sys_read_text(dir, file, text, sizeof text) >= 0 && lists_word(text, word);
}

static int control(int dir, char sign, const char *controller)
{
    char text[32];
    snprintf(text, sizeof text, "%c%s", sign, controller);
    return sys_write_text(dir, "cgroup.subtree_control", text);
}

/* A group with processes in it cannot hand controllers on. If they are ours alone, going into a
 * leaf makes it possible. */
static bool move_into_leaf(struct cgroup_root *root)
{
    if (root->moved || !root->own_base)
        return false;
    if (sys.mkdirat(root->fd, CGROUP_LEAF, 0755) < 0 && errno != EEXIST)
        return false;
    if (cgroup_tree_write(root->fd, CGROUP_LEAF, "cgroup.procs", "0") < 0) {
        cgroup_tree_remove(root->fd, CGROUP_LEAF);
        return false;
    }
    root->moved = true;
    return true;
}

/* What the daemon has started for itself stands in the leaf too. */
static void move_rest_home(struct cgroup_root *root)
{
    char pids[1024];
    char *rest = NULL;
    if (cgroup_tree_read(root->fd, CGROUP_LEAF, "cgroup.procs", pids, sizeof pids) < 0)
        return;
    for (char *pid = strtok_r(pids, "\n", &rest); pid; pid = strtok_r(NULL, "\n", &rest))
        sys_write_text(root->base_fd, "cgroup.procs", pid);
}

static void move_home(struct cgroup_root *root)
{
    if (!root->moved || sys_write_text(root->base_fd, "cgroup.procs", "0") < 0)
        return;
    root->moved = false;
    move_rest_home(root);
    cgroup_tree_remove(root->fd, CGROUP_LEAF);
}

static bool enable_in_base(struct cgroup_root *root, int i)
{
    const char *name = CONTROLLERS[i];
    if (!file_lists(root->base_fd, "cgroup.controllers", name))
        return false;
    if (file_lists(root->base_fd, "cgroup.subtree_control", name))
        return true;
    int r = control(root->base_fd, '+', name);
    if (r == -EBUSY && move_into_leaf(root))
        r = control(root->base_fd, '+', name);
    root->enabled[i] = r == 0;
    return r == 0;
}

void cgroup_root_enable(struct cgroup_root *root)
{
    bool any = false;
    for (int i = 0; i < CGROUP_CONTROLLERS; i++)
        if (enable_in_base(root, i) && control(root->fd, '+', CONTROLLERS[i]) == 0)
            any = true;
    if (!any)
        move_home(root);
}

void cgroup_root_disable(struct cgroup_root *root)
{
    /* Others below the same base may use a controller by now: then the kernel refuses. */
    for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
        control(root->fd, '-', CONTROLLERS[i]);
        if (root->enabled[i])
            control(root->base_fd, '-', CONTROLLERS[i]);
    }
    move_home(root);
}
