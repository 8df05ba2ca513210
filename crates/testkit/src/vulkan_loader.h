/* Stands between the program and the loader of Vulkan. The program asks the loader for every function by
   name, beginning with dlsym, so that is where it begins here, too; who includes this says in `replaced`
   what the program gets of a name in place of what was found, which may be nothing. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef void (*function)(void);
typedef function (*getter)(void *, const char *);

static getter of_instance;

static function replaced(const char *name, function found);

static function from_instance(void *instance, const char *name)
{
    function found = of_instance(instance, name);
    if (found && strcmp(name, "vkGetInstanceProcAddr") == 0) {
        of_instance = (getter) found;
        return (function) from_instance;
    }
    return replaced(name, found);
}

void *dlsym(void *handle, const char *name)
{
    static void *(*real)(void *, const char *);
    /* Which version of the name there is depends on the C library. */
    static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17"};
    for (size_t i = 0; !real && i < sizeof versions / sizeof *versions; i++)
        real = (void *(*)(void *, const char *)) dlvsym(RTLD_NEXT, "dlsym", versions[i]);
    if (!real)
        abort();
    void *found = real(handle, name);
    if (found && strcmp(name, "vkGetInstanceProcAddr") == 0) {
        of_instance = (getter) found;
        return (void *) from_instance;
    }
    return found;
}
