/* SPDX-License-Identifier: GPL-2.0 */
/* What shim.rs declares, in the same order: no tool compares the two. */
#ifndef MMAP_AREAS_SHIM_H
#define MMAP_AREAS_SHIM_H

#include <linux/mm_types.h>
#include <linux/types.h>

struct device;
struct follow_pfnmap_args;
struct page;
struct vm_area_struct;

unsigned long mmap_areas_pfn_of_linear_address(const void *address);
bool mmap_areas_is_shared(const struct vm_area_struct *vma);
void *mmap_areas_linear_address(unsigned long pfn);
void *mmap_areas_linear_address_of_physical(u64 address);
void mmap_areas_make_write_combine(struct vm_area_struct *vma);
void mmap_areas_make_device(struct vm_area_struct *vma);
void mmap_areas_make_noncached(struct vm_area_struct *vma);
void mmap_areas_make_dirty(pgprot_t *protection);
u64 mmap_areas_write_combine_bits(void);
u64 mmap_areas_entry_bits(const struct follow_pfnmap_args *args);
void *mmap_areas_map_write_combine(struct page *page);
void mmap_areas_unmap(void *address);

bool mmap_areas_is_coherent(struct device *dev);
bool mmap_areas_is_bounced(struct device *dev);
dma_addr_t mmap_areas_dma_map(struct device *dev, void *address, size_t size);
void mmap_areas_dma_unmap(struct device *dev, dma_addr_t handle, size_t size);
void mmap_areas_dma_to_cpu(struct device *dev, dma_addr_t handle,
			   unsigned long offset, size_t size);
void mmap_areas_dma_to_device(struct device *dev, dma_addr_t handle,
			      unsigned long offset, size_t size);
void *mmap_areas_dma_target(struct device *dev, dma_addr_t handle);

int mmap_areas_reserved_memory(struct device *dev, u64 *start, u64 *size);
void *mmap_areas_map_device(u64 start, size_t size);
void *mmap_areas_map_strongly_ordered(u64 start, size_t size);
void mmap_areas_unmap_device(void *address);

bool mmap_areas_has_node(const char *compatible);
struct platform_device *mmap_areas_add_device(const char *name);

#ifdef CONFIG_RISCV
void mmap_areas_flush(void *address, size_t size);
#else
u64 mmap_areas_probe_user(unsigned long address);
u64 mmap_areas_probe_kernel(unsigned long address);
#endif

#endif
