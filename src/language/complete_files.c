/* Names of files for completion: folders with a slash, data files before others, hidden ones only
 * after a dot, `~` and $VAR expanded for looking but kept as typed. */
#include "complete.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ENTRIES_MOST 20000

/* "~/data/$SET" -> "/home/me/data/iris" */
void bl_path_expand(struct bl_text *out, const char *path, size_t n)
{
    size_t i = 0;

    if (n && path[0] == '~' && (n == 1 || path[1] == '/') && getenv("HOME")) {
        bl_text_add(out, getenv("HOME"));
        i = 1;
    }
    while (i < n) {
        char name[64];
        const size_t length = path[i] == '$' ? strspn(path + i + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") : 0;

        if (length && length < sizeof name && i + 1 + length <= n) {
            snprintf(name, sizeof name, "%.*s", (int)length, path + i + 1);
            bl_text_add(out, getenv(name) ? getenv(name) : "");
            i += length + 1;
        } else {
            bl_text_addn(out, path + i++, 1);
        }
    }
}

static bool is_folder(const char *folder, const struct dirent *entry)
{
    struct bl_text path = {0};
    struct stat st;
    bool yes;

    if (entry->d_type == DT_DIR)
        return true;
    if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
        return false;
    bl_text_addf(&path, "%s/%s", folder, entry->d_name);
    yes = stat(bl_text_get(&path), &st) == 0 && S_ISDIR(st.st_mode);
    bl_text_free(&path);
    return yes;
}

static bool is_data(const char *name)
{
    const char *dot = strrchr(name, '.');

    if (!dot)
        return false;
    if (strcmp(dot, ".gz") == 0 || strcmp(dot, ".bl") == 0)
        return true;
    for (size_t i = 0; bl_readers[i]; i++)
        for (size_t k = 0; bl_readers[i]->extensions && bl_readers[i]->extensions[k]; k++)
            if (strcmp(dot + 1, bl_readers[i]->extensions[k]) == 0)
                return true;
    return false;
}

static void offer_entry(struct list *l, const char *folder, const char *typed_folder, const struct dirent *entry, bool data_first)
{
    const bool directory = is_folder(folder, entry);
    const int group = directory || !data_first || is_data(entry->d_name) ? GROUP_FILES : GROUP_OTHER_FILES;
    struct bl_text text = {0};

    bl_text_addf(&text, "%s%s%s", typed_folder, entry->d_name, directory ? "/" : "");
    bl_offer(l, bl_text_get(&text), NULL, group, directory);
    bl_text_free(&text);
}

void bl_offer_files(struct list *l, bool data_first)
{
    const char *slash = strrchr(l->typed, '/');
    const char *name = slash ? slash + 1 : l->typed;
    struct bl_text folder = {0};
    char *typed_folder = bl_strndup(l->typed, (size_t)(name - l->typed));
    const struct dirent *entry;
    DIR *dir;

    bl_path_expand(&folder, l->typed, (size_t)(name - l->typed));
    dir = typed_folder ? opendir(folder.length ? folder.at : ".") : NULL;
    for (size_t i = 0; dir && i < ENTRIES_MOST && (entry = readdir(dir)); i++) {
        const bool itself = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;

        if (!itself && (entry->d_name[0] != '.' || name[0] == '.') && strncmp(entry->d_name, name, strlen(name)) == 0)
            offer_entry(l, folder.length ? folder.at : ".", typed_folder, entry, data_first);
    }
    if (dir)
        closedir(dir);
    bl_free(typed_folder);
    bl_text_free(&folder);
}
