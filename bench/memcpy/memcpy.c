// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * memcpy: how fast a plain program in C, with its libc, copies, reads and writes ordinary
 * memory, measured as board-verify measures an area (suite `speed`): the same sizes, rounds
 * and repeats. Prints one line, in MiB/s. As process 1 it then becomes /board-verify.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* An area of board-verify: 16 pages. */
#define BYTES (64 << 10)
#define ROUNDS 8
#define ROUND_NS 2000000

static unsigned char *memory;
/* Whatever is read ends here, so that it is read. */
static volatile uint64_t sink;

static void copy_with_memcpy(void)
{
	memcpy(memory + BYTES / 2, memory, BYTES / 2);
	__asm__ volatile("" ::: "memory");
}

/* As a driver's author writes it for memory that is not to be touched otherwise. */
static void copy_by_words(void)
{
	const volatile uint64_t *from = (void *)memory;
	volatile uint64_t *to = (void *)(memory + BYTES / 2);

	for (size_t word = 0; word < BYTES / 2 / sizeof(*to); word++)
		to[word] = from[word];
}

static void read_by_words(void)
{
	const volatile uint64_t *from = (void *)memory;
	uint64_t sum = 0;

	for (size_t word = 0; word < BYTES / sizeof(*from); word++)
		sum += from[word];
	sink = sum;
}

static void write_with_memset(void)
{
	memset(memory, 0x5a, BYTES);
	__asm__ volatile("" ::: "memory");
}

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * UINT64_C(1000000000) + time.tv_nsec;
}

static uint64_t round_ns(void (*work)(void), uint64_t repeats)
{
	uint64_t start = now_ns();

	while (repeats--)
		work();
	return now_ns() - start;
}

/* MiB/s, the mean of all rounds. */
static double speed(void (*work)(void), double bytes)
{
	uint64_t repeats = 1;
	double sum = 0;

	while (round_ns(work, repeats) < ROUND_NS / 2 && repeats < 1 << 17)
		repeats *= 2;
	for (int round = 0; round < ROUNDS; round++)
		sum += bytes * repeats / (1 << 20) / (round_ns(work, repeats) / 1e9);
	return sum / ROUNDS;
}

int main(void)
{
	memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		perror("memcpy: mmap");
		return EXIT_FAILURE;
	}
	memset(memory, 0xa5, BYTES);

	printf("libc memcpy=%.1f words=%.1f read=%.1f memset=%.1f MiB/s\n",
	       speed(copy_with_memcpy, BYTES / 2), speed(copy_by_words, BYTES / 2),
	       speed(read_by_words, BYTES), speed(write_with_memset, BYTES));
	fflush(stdout);

	if (getpid() == 1) {
		execl("/board-verify", "/board-verify", (char *)NULL);
		perror("memcpy: /board-verify");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
