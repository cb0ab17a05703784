/* Date-time values: seconds since 1970-01-01 UTC in the Gregorian calendar, without leap seconds. */
#ifndef BL_DATA_DATES_H
#define BL_DATA_DATES_H

#include "source.h"

/* Ways to write a date, in the order in which they are tried; a column is written in one of them. A
 * time may follow each: "T" or a blank, 14:05[:09[.25]], and Z or an offset (+02:00, -0530, +01). */
enum bl_date_form {
    BL_DATE_ISO,      /* 2011-01-31, 2011/01/31; also 2011-01 */
    BL_DATE_DOTS,     /* 31.01.2011 */
    BL_DATE_WORDS,    /* 31 Jan 2011, 31-Jan-2011, Jan 31, 2011; full names as well */
    BL_DATE_DAY,      /* 31/01/2011 */
    BL_DATE_MONTH,    /* 01/31/2011 */
    BL_DATE_FORMS
};
bool bl_date_parse(const char *s, size_t n, enum bl_date_form form, double *seconds);
/* By a pattern of Java's SimpleDateFormat, as ARFF has it (y M d H h m s S a Z z X E, 'text'). */
bool bl_date_pattern(const char *s, size_t n, const char *pattern, double *seconds);
bool bl_date_pattern_known(const char *pattern);
/* The day of the Gregorian calendar; |seconds| below 1e14. */
void bl_date_parts(double seconds, int64_t *year, int *month, int *day);
/* "2011-01-31", or with its time where `time` says so: "2011-01-31T14:05:09.25". */
const char *bl_date_format(char *buffer, size_t size, double seconds, bool time);

/* Columns of words in which every present cell is a date become date-time columns; those that
 * options->types names must. Where day/month and month/day are both possible the column stays as it
 * is, or is read as month/day where dates are asked for; both are told. A cell that is no date is told with its
 * place in the source, where the reader knows it. */
bool bl_dates_find(struct bl_table *t, const struct bl_source *s, const struct bl_reader_type *reader, const struct bl_load_options *o,
                   struct bl_error *err);

#endif
