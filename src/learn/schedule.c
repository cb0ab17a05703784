/* Schedules: how the learning rate falls with the epochs. */
#include "batchlab/learn.h"
#include "src/learn/optimizer.h"

#include <math.h>
#include <string.h>

/* cos(pi t) for t in [0, 1], without the library: the same bits everywhere. Taylor series of sine
 * and cosine, whose arguments stay below pi / 4. */
static double cos_pi(double t)
{
    const double pi = 3.14159265358979323846;
    bool negative = t > 0.5;
    double u = negative ? 1 - t : t, x = pi * (u > 0.25 ? 0.5 - u : u), x2 = x * x, term, sum;

    term = sum = u > 0.25 ? x : 1;
    for (int i = u > 0.25 ? 2 : 1; i < 22; i += 2) {
        term *= -x2 / (double)(i * (i + 1));
        sum += term;
    }
    return negative ? -sum : sum;
}

static double constant(double e, double n, double drop, double every, double decay, double floor_)
{
    (void)e, (void)n, (void)drop, (void)every, (void)decay, (void)floor_;
    return 1;
}

static double at_least(double floor_, double factor)
{
    return factor < floor_ ? floor_ : factor;
}

static double step(double e, double n, double drop, double every, double decay, double floor_)
{
    (void)n, (void)decay;
    return at_least(floor_, bl_power(drop, (uint64_t)(e / every)));
}

static double exponential(double e, double n, double drop, double every, double decay, double floor_)
{
    (void)n, (void)drop, (void)every;
    return at_least(floor_, bl_exp(-decay * e));
}

/* From 1 down to floor along half a wave (Loshchilov and Hutter, ICLR 2017). */
static double cosine(double e, double n, double drop, double every, double decay, double floor_)
{
    (void)drop, (void)every, (void)decay;
    return floor_ + (1 - floor_) * 0.5 * (1 + cos_pi(n > 0 && e < n ? e / n : n > 0));
}

static double one_over_t(double e, double n, double drop, double every, double decay, double floor_)
{
    (void)n, (void)drop, (void)every;
    return at_least(floor_, 1 / (1 + decay * e));
}

static const struct bl_schedule_type schedule_constant = {"constant", "the same rate throughout", constant};
static const struct bl_schedule_type schedule_step = {"step", "times drop= after every= epochs", step};
static const struct bl_schedule_type schedule_exponential = {"exponential", "times e^-decay each epoch", exponential};
static const struct bl_schedule_type schedule_cosine = {"cosine", "half a wave down to floor= at the last planned epoch", cosine};
static const struct bl_schedule_type schedule_plateau = {"plateau", "times drop= when every= epochs brought nothing better", constant};
static const struct bl_schedule_type schedule_one_over_t = {"1/t", "divided by 1 + decay * epoch", one_over_t};

const struct bl_schedule_type *const bl_schedules[] = {
    &schedule_constant,
    &schedule_step,
    &schedule_exponential,
    &schedule_cosine,
    &schedule_one_over_t,
    &schedule_plateau,
    NULL,
};

const struct bl_schedule_type *bl_schedule_find(const char *name)
{
    for (size_t i = 0; bl_schedules[i]; i++)
        if (strcmp(bl_schedules[i]->name, name) == 0)
            return bl_schedules[i];
    return NULL;
}

double bl_schedule_factor(const struct bl_settings *s, double epoch, double within, double planned)
{
    double first = ceil(s->warmup); /* the epoch that the schedule calls 0 */

    if (epoch + within < s->warmup)
        return (epoch + within) / s->warmup;
    return s->schedule->factor(epoch < first ? 0 : epoch - first, planned - first, s->drop, s->every, s->decay, s->floor);
}
