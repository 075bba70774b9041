// Preloaded into the program (LD_PRELOAD): counts, over all its threads and the processes it starts, each call that
// changes a file below one folder, and at a chosen one kills the program or fails the call once. Knows nothing of FileSync.
//
// FAULTS_CONTROL  a file of `struct control`, shared with whoever watches and arms it
// FAULTS_BELOW    the folder, as a real path
// FAULTS_LOG      optional: a line `NUMBER CALL PATH` for each call counted
//
// The call counted is the one about to be made: killed at N means that calls 1 to N - 1 were made. LevelDB writes through
// stdio and flushes after each batch: the flush counts as its write. io_uring is not seen; Node does not use it for files
// unless told to.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct control {
	_Atomic uint32_t counting; // 0: nothing is counted
	_Atomic uint32_t count;    // calls so far
	_Atomic uint32_t at;       // the call to act on; 0: none
	_Atomic uint32_t error;    // the errno to fail it with; 0: kill
	_Atomic uint32_t pid;      // the first process that loaded this, which is the one to kill
};

static struct control *control;
static const char *folder;
static size_t folder_length;
static int log_file = -1;

__attribute__((constructor)) static void start(void) {
	const char *file = getenv("FAULTS_CONTROL");
	folder = getenv("FAULTS_BELOW");
	if (file == NULL || folder == NULL) return;
	folder_length = strlen(folder);
	int descriptor = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
	if (descriptor < 0) abort();
	void *shared = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	syscall(SYS_close, descriptor);
	if (shared == MAP_FAILED) abort();
	const char *log = getenv("FAULTS_LOG");
	if (log != NULL) log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	control = shared;
	uint32_t nobody = 0;
	atomic_compare_exchange_strong(&control->pid, &nobody, (uint32_t)getpid());
}

static int is_below(const char *path) {
	return strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || path[folder_length] == 0);
}

static int counting(void) { return control != NULL && atomic_load(&control->counting) != 0; }

// The real path of a descriptor, or 0.
static int path_of(int descriptor, char *path) {
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
	ssize_t length = readlink(link, path, PATH_MAX - 1);
	if (length <= 0) return 0;
	path[length] = 0;
	return 1;
}

// The real path of a name, whose folders may be links or descriptors (/proc/self/fd/N/name); its last part is not followed
// unless it is itself a descriptor of /proc. 0: there is no such folder.
static int real_path(int directory, const char *name, char *path) {
	char full[2 * PATH_MAX];
	if (name == NULL) return path_of(directory, path);
	if (name[0] == '/') snprintf(full, sizeof full, "%s", name);
	else {
		char base[PATH_MAX];
		if (directory == AT_FDCWD) {
			if (getcwd(base, sizeof base) == NULL) return 0;
		} else if (!path_of(directory, base)) return 0;
		snprintf(full, sizeof full, "%s/%s", base, name);
	}
	size_t length = strlen(full);
	while (length > 1 && full[length - 1] == '/') full[--length] = 0;
	char *slash = strrchr(full, '/');
	if (slash == NULL) return 0;
	const char *last = slash + 1;
	char parent[PATH_MAX];
	*slash = 0;
	if (realpath(full[0] == 0 ? "/" : full, parent) == NULL) return 0;
	if (strncmp(parent, "/proc/", 6) == 0 && strcmp(parent + strlen(parent) - 3, "/fd") == 0)
		return path_of(atoi(last), path);
	return snprintf(path, PATH_MAX, "%s/%s", parent, last) < PATH_MAX;
}

// Counts a call. Gives the errno it must fail with; 0: let it go on.
static int count(const char *call, const char *path) {
	uint32_t number = atomic_fetch_add(&control->count, 1) + 1;
	if (log_file >= 0) {
		char line[PATH_MAX + 64];
		int length = snprintf(line, sizeof line, "%u %s %s\n", number, call, path + folder_length);
		syscall(SYS_write, log_file, line, (size_t)length);
	}
	if (number != atomic_load(&control->at)) return 0;
	uint32_t error = atomic_load(&control->error);
	if (error != 0) return (int)error;
	kill((pid_t)atomic_load(&control->pid), SIGKILL);
	kill(getpid(), SIGKILL);
	for (;;) pause();
}

static int by_descriptor(const char *call, int descriptor) {
	char path[PATH_MAX];
	int kept = errno;
	int error = counting() && path_of(descriptor, path) && is_below(path) ? count(call, path) : 0;
	errno = kept;
	return error;
}

static int by_name(const char *call, int directory, const char *name) {
	char path[PATH_MAX];
	int kept = errno;
	int error = counting() && real_path(directory, name, path) && is_below(path) ? count(call, path) : 0;
	errno = kept;
	return error;
}

// Of two names it is enough that one lies below.
static int by_names(const char *call, int directory_a, const char *a, int directory_b, const char *b) {
	char path[PATH_MAX];
	int kept = errno;
	int error = 0;
	if (counting() && ((real_path(directory_b, b, path) && is_below(path)) || (real_path(directory_a, a, path) && is_below(path))))
		error = count(call, path);
	errno = kept;
	return error;
}

#define FAIL_IF(test) \
	do { \
		int failed_with = (test); \
		if (failed_with != 0) { \
			errno = failed_with; \
			return -1; \
		} \
	} while (0)

// The real function of a name, looked up once.
#define REAL(result, name, ...) \
	static result (*real)(__VA_ARGS__); \
	if (real == NULL) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define DESCRIPTOR_CALL(result, name, parameters, arguments, ...) \
	result name parameters { \
		REAL(result, name, __VA_ARGS__); \
		FAIL_IF(by_descriptor(#name, descriptor)); \
		return real arguments; \
	}

DESCRIPTOR_CALL(ssize_t, write, (int descriptor, const void *bytes, size_t size), (descriptor, bytes, size), int, const void *, size_t)
DESCRIPTOR_CALL(ssize_t, writev, (int descriptor, const struct iovec *parts, int many), (descriptor, parts, many), int, const struct iovec *, int)
DESCRIPTOR_CALL(ssize_t, pwrite, (int descriptor, const void *bytes, size_t size, off_t at), (descriptor, bytes, size, at), int, const void *, size_t, off_t)
DESCRIPTOR_CALL(ssize_t, pwrite64, (int descriptor, const void *bytes, size_t size, off64_t at), (descriptor, bytes, size, at), int, const void *, size_t, off64_t)
DESCRIPTOR_CALL(ssize_t, pwritev, (int descriptor, const struct iovec *parts, int many, off_t at), (descriptor, parts, many, at), int, const struct iovec *, int, off_t)
DESCRIPTOR_CALL(ssize_t, pwritev64, (int descriptor, const struct iovec *parts, int many, off64_t at), (descriptor, parts, many, at), int, const struct iovec *, int, off64_t)
DESCRIPTOR_CALL(ssize_t, sendfile64, (int descriptor, int from, off64_t *at, size_t size), (descriptor, from, at, size), int, int, off64_t *, size_t)
DESCRIPTOR_CALL(int, fsync, (int descriptor), (descriptor), int)
DESCRIPTOR_CALL(int, fdatasync, (int descriptor), (descriptor), int)
DESCRIPTOR_CALL(int, syncfs, (int descriptor), (descriptor), int)
DESCRIPTOR_CALL(int, fchmod, (int descriptor, mode_t mode), (descriptor, mode), int, mode_t)
DESCRIPTOR_CALL(int, fchown, (int descriptor, uid_t user, gid_t group), (descriptor, user, group), int, uid_t, gid_t)
DESCRIPTOR_CALL(int, ftruncate, (int descriptor, off_t size), (descriptor, size), int, off_t)
DESCRIPTOR_CALL(int, ftruncate64, (int descriptor, off64_t size), (descriptor, size), int, off64_t)
DESCRIPTOR_CALL(int, futimens, (int descriptor, const struct timespec times[2]), (descriptor, times), int, const struct timespec *)

#define NAME_CALL(name, directory, parameters, arguments, ...) \
	int name parameters { \
		REAL(int, name, __VA_ARGS__); \
		FAIL_IF(by_name(#name, directory, path)); \
		return real arguments; \
	}

NAME_CALL(unlink, AT_FDCWD, (const char *path), (path), const char *)
NAME_CALL(unlinkat, at, (int at, const char *path, int flags), (at, path, flags), int, const char *, int)
NAME_CALL(rmdir, AT_FDCWD, (const char *path), (path), const char *)
NAME_CALL(mkdir, AT_FDCWD, (const char *path, mode_t mode), (path, mode), const char *, mode_t)
NAME_CALL(mkdirat, at, (int at, const char *path, mode_t mode), (at, path, mode), int, const char *, mode_t)
NAME_CALL(chmod, AT_FDCWD, (const char *path, mode_t mode), (path, mode), const char *, mode_t)
NAME_CALL(fchmodat, at, (int at, const char *path, mode_t mode, int flags), (at, path, mode, flags), int, const char *, mode_t, int)
NAME_CALL(chown, AT_FDCWD, (const char *path, uid_t user, gid_t group), (path, user, group), const char *, uid_t, gid_t)
NAME_CALL(lchown, AT_FDCWD, (const char *path, uid_t user, gid_t group), (path, user, group), const char *, uid_t, gid_t)
NAME_CALL(utimensat, at, (int at, const char *path, const struct timespec times[2], int flags), (at, path, times, flags), int, const char *, const struct timespec *, int)
NAME_CALL(symlink, AT_FDCWD, (const char *target, const char *path), (target, path), const char *, const char *)
NAME_CALL(symlinkat, at, (const char *target, int at, const char *path), (target, at, path), const char *, int, const char *)
NAME_CALL(truncate, AT_FDCWD, (const char *path, off_t size), (path, size), const char *, off_t)

#define NAMES_CALL(name, at_a, at_b, parameters, arguments, ...) \
	int name parameters { \
		REAL(int, name, __VA_ARGS__); \
		FAIL_IF(by_names(#name, at_a, from, at_b, to)); \
		return real arguments; \
	}

NAMES_CALL(rename, AT_FDCWD, AT_FDCWD, (const char *from, const char *to), (from, to), const char *, const char *)
NAMES_CALL(renameat, a, b, (int a, const char *from, int b, const char *to), (a, from, b, to), int, const char *, int, const char *)
NAMES_CALL(renameat2, a, b, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags), int, const char *, int, const char *, unsigned)
NAMES_CALL(link, AT_FDCWD, AT_FDCWD, (const char *from, const char *to), (from, to), const char *, const char *)
NAMES_CALL(linkat, a, b, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), int, const char *, int, const char *, int)

static int changes(int flags) {
	return (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_ACCMODE) != O_RDONLY;
}

#define OPEN_CALL(name) \
	int name(const char *path, int flags, ...) { \
		REAL(int, name, const char *, int, ...); \
		va_list list; \
		va_start(list, flags); \
		mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0; \
		va_end(list); \
		FAIL_IF(changes(flags) ? by_name("open", AT_FDCWD, path) : 0); \
		return real(path, flags, mode); \
	}

#define OPENAT_CALL(name) \
	int name(int at, const char *path, int flags, ...) { \
		REAL(int, name, int, const char *, int, ...); \
		va_list list; \
		va_start(list, flags); \
		mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0; \
		va_end(list); \
		FAIL_IF(changes(flags) ? by_name("open", at, path) : 0); \
		return real(at, path, flags, mode); \
	}

OPEN_CALL(open)
OPEN_CALL(open64)
OPENAT_CALL(openat)
OPENAT_CALL(openat64)

#define FOPEN_CALL(name) \
	FILE *name(const char *path, const char *mode) { \
		REAL(FILE *, name, const char *, const char *); \
		int error = mode[0] != 'r' || strchr(mode, '+') != NULL ? by_name("open", AT_FDCWD, path) : 0; \
		if (error == 0) return real(path, mode); \
		errno = error; \
		return NULL; \
	}

#define FLUSH_CALL(name) \
	int name(FILE *stream) { \
		REAL(int, name, FILE *); \
		FAIL_IF(stream != NULL && __fpending(stream) > 0 ? by_descriptor("write", fileno(stream)) : 0); \
		return real(stream); \
	}

FOPEN_CALL(fopen)
FOPEN_CALL(fopen64)
FLUSH_CALL(fflush)
FLUSH_CALL(fflush_unlocked)

// libuv makes this call by its number.
long syscall(long number, ...) {
	REAL(long, syscall, long, ...);
	va_list list;
	va_start(list, number);
	long a[6];
	for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_copy_file_range) FAIL_IF(by_descriptor("copy_file_range", (int)a[2]));
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
