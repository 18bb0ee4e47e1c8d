#include "watch.h"

#include <stddef.h>
#include <utlist.h>

void run_watch_hang(struct run_watches *all, struct run_watch *w, const struct run_watch_ops *ops)
{
    struct run_watch *behind = all->first;
    w->ops = ops;
    while (behind && behind->ops->rank <= ops->rank)
        behind = behind->next;
    if (behind)
        DL_PREPEND_ELEM(all->first, behind, w);
    else
        DL_APPEND(all->first, w);
}

void run_watch_take(struct run_watches *all, struct run_watch *w)
{
    DL_DELETE(all->first, w);
}

struct run_watch *run_watch_find(const struct run_watches *all, const struct run_watch_ops *ops)
{
    struct run_watch *w = all->first;
    while (w && w->ops != ops)
        w = w->next;
    return w;
}

void run_watches_event(struct run_watches *all, struct run *run, const struct run_news *news)
{
    struct run_watch *w, *next;
    DL_FOREACH_SAFE (all->first, w, next)
        if (w->ops->event)
            w->ops->event(w, run, news);
}

void run_watches_ready(struct run_watches *all, struct run *run)
{
    struct run_watch *w, *next;
    DL_FOREACH_SAFE (all->first, w, next)
        if (w->ops->ready)
            w->ops->ready(w, run);
}

void run_watches_unkillable(struct run_watches *all, struct run *run)
{
    struct run_watch *w, *next;
    DL_FOREACH_SAFE (all->first, w, next)
        if (w->ops->unkillable)
            w->ops->unkillable(w, run);
}

static struct run_watch *take_first(struct run_watches *all)
{
    struct run_watch *w = all->first;
    if (w)
        DL_DELETE(all->first, w);
    return w;
}

void run_watches_ended(struct run_watches *all, struct run *run)
{
    struct run_watch *w;
    while ((w = take_first(all))) {
        if (w->ops->ended)
            w->ops->ended(w, run);
        else
            w->ops->drop(w);
    }
}

void run_watches_refused(struct run_watches *all, struct run *run)
{
    struct run_watch *w;
    while ((w = take_first(all))) {
        if (w->ops->refused)
            w->ops->refused(w, run);
        else
            w->ops->drop(w);
    }
}

void run_watches_drop(struct run_watches *all)
{
    struct run_watch *w;
    while ((w = take_first(all)))
        w->ops->drop(w);
}
