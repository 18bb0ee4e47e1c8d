#include "spearman.h"

#include <math.h>

#include "runner/deliberation/words/text.h"

/* Ranks with ties sharing their mean. */
static double rank_of(const double *x, int n, int i)
{
    double below = 0, equal = 0;
    for (int k = 0; k < n; k++) {
        int order = score_compare(x[k], x[i]);
        below += order < 0;
        equal += order == 0;
    }
    return below + (equal + 1) / 2;
}

double spearman_rho(const double *x, const double *y, int n)
{
    double mean = (n + 1) / 2.0, xy = 0, xx = 0, yy = 0;
    for (int i = 0; i < n; i++) {
        double a = rank_of(x, n, i) - mean, b = rank_of(y, n, i) - mean;
        xy += a * b;
        xx += a * a;
        yy += b * b;
    }
    return n >= 2 && xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : (double)NAN;
}
