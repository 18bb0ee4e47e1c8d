/* Spearman's rank correlation: how far two rows of numbers rise together, whatever their scale. */
#ifndef RUNNER_DELIBERATION_COUNCIL_SPEARMAN_H
#define RUNNER_DELIBERATION_COUNCIL_SPEARMAN_H

/* -1 .. 1; equal numbers share their mean rank. NAN below two pairs or when one side does not
 * vary. */
double spearman_rho(const double *x, const double *y, int n);

#endif
