/* TensorBoard event files: records of the TFRecord format (length, its check sum, bytes, theirs) that hold Event
 * messages (tensorflow/core/util/event.proto, framework/summary.proto). */
#include "src/keep/protobuf.h"

#include "batchlab/keep.h"

#include <math.h>

enum { EVENT_WALL_TIME = 1, EVENT_STEP = 2, EVENT_VERSION = 3, EVENT_SUMMARY = 5 };
enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_SIMPLE = 2 };

/* CRC-32C: the polynomial of Castagnoli, reflected. */
static uint32_t crc32c(const char *bytes, size_t n)
{
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < n; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

/* Sums of bytes that hold sums themselves are better not plain: TFRecord turns and shifts them. */
static void put_sum(struct bl_text *out, const char *bytes, size_t n)
{
    uint32_t crc = crc32c(bytes, n);

    bl_wire_put32(out, (crc >> 15 | crc << 17) + 0xa282ead8U);
}

/* Frees the event. */
static void put_record(struct bl_text *out, struct bl_text *event)
{
    size_t at = out->length;

    out->failed |= event->failed;
    bl_wire_put64(out, event->length);
    if (out->failed)
        return bl_text_free(event);
    put_sum(out, out->at + at, 8);
    bl_text_addn(out, bl_text_get(event), event->length);
    put_sum(out, bl_text_get(event), event->length);
    bl_text_free(event);
}

static void add_value(struct bl_text *summary, const char *tag, double x)
{
    struct bl_text value = {0};

    if (isnan(x))
        return;
    bl_wire_text(&value, VALUE_TAG, tag);
    bl_wire_float(&value, VALUE_SIMPLE, (float)x);
    bl_wire_message(summary, SUMMARY_VALUE, &value);
}

static uint64_t step_of(const struct bl_point *p, enum bl_event_step step)
{
    return step == BL_EVENT_SAMPLES ? p->samples : step == BL_EVENT_EPOCHS ? (uint64_t)p->epoch : p->updates;
}

static void put_point(struct bl_text *out, const struct bl_point *p, enum bl_event_step step, double start)
{
    struct bl_text event = {0}, summary = {0};

    add_value(&summary, "loss/train", p->train_loss);
    add_value(&summary, "loss/validation", p->validation_loss);
    add_value(&summary, "objective", p->objective);
    add_value(&summary, "gradient_norm", p->gradient_norm);
    add_value(&summary, "lr", p->lr);
    add_value(&summary, "epoch", p->epoch);
    bl_wire_double(&event, EVENT_WALL_TIME, start + p->seconds);
    bl_wire_whole(&event, EVENT_STEP, step_of(p, step));
    bl_wire_message(&event, EVENT_SUMMARY, &summary);
    put_record(out, &event);
}

void bl_events_write(const struct bl_point *points, size_t n, enum bl_event_step step, double start, struct bl_text *out)
{
    struct bl_text event = {0};

    bl_wire_double(&event, EVENT_WALL_TIME, start);
    bl_wire_text(&event, EVENT_VERSION, "brain.Event:2");
    put_record(out, &event);
    for (size_t i = 0; i < n; i++)
        if (step != BL_EVENT_EPOCHS || points[i].epoch == floor(points[i].epoch))
            put_point(out, &points[i], step, start);
}
