/* SPDX-License-Identifier: GPL-2.0 */
/* What shim.rs declares, in the same order: no tool compares the two. */
#ifndef MMAP_AREAS_SHIM_H
#define MMAP_AREAS_SHIM_H

#include <linux/mm_types.h>
#include <linux/types.h>

struct device;
struct dma_chan;
struct follow_pfnmap_args;
struct page;
struct vm_area_struct;

unsigned long mmap_areas_pfn_of_linear_address(const void *address);
bool mmap_areas_is_shared(const struct vm_area_struct *vma);
bool mmap_areas_is_high_memory(unsigned long pfn);
void *mmap_areas_phys_to_virt(phys_addr_t address);
void mmap_areas_change_flags(struct vm_area_struct *vma, vm_flags_t set, vm_flags_t clear);
void mmap_areas_make_write_combine(pgprot_t *protection);
void mmap_areas_make_device(pgprot_t *protection);
void mmap_areas_make_noncached(pgprot_t *protection);
void mmap_areas_make_dirty(pgprot_t *protection);
u64 mmap_areas_entry_bits(const struct follow_pfnmap_args *args);
void *mmap_areas_map_write_combine(struct page *page);

bool mmap_areas_is_coherent(struct device *dev);
bool mmap_areas_is_bounced(struct device *dev);
bool mmap_areas_is_dma_mapped(struct device *dev, dma_addr_t address);
void mmap_areas_dma_to_cpu(struct device *dev, dma_addr_t address, size_t size);
void mmap_areas_dma_to_device(struct device *dev, dma_addr_t address, size_t size);
phys_addr_t mmap_areas_dma_to_phys(struct device *dev, dma_addr_t handle);

struct dma_chan *mmap_areas_request_channel(void);
struct device *mmap_areas_channel_engine(struct dma_chan *channel);
struct device *mmap_areas_channel_device(struct dma_chan *channel);
bool mmap_areas_is_aligned(struct dma_chan *channel, dma_addr_t to, dma_addr_t from, size_t size);
void *mmap_areas_prepare(struct dma_chan *channel, dma_addr_t to, dma_addr_t from, size_t size);
s32 mmap_areas_start(struct dma_chan *channel, void *transfer);
int mmap_areas_status(struct dma_chan *channel, s32 cookie);
int mmap_areas_terminate(struct dma_chan *channel);

#ifdef CONFIG_RISCV
bool mmap_areas_has_zicbom(void);
void mmap_areas_flush(void *address, size_t size);
#else
u64 mmap_areas_probe_user(unsigned long address);
u64 mmap_areas_probe_kernel(unsigned long address);
#endif
#endif
