import type { ConfigRecord } from '../domain/store.ts';

/** A config as it is stored, and when its project was deleted. */
export type StoredConfig = ConfigRecord & { projectDeletedAt: string | null };

/** Limits of the cache, in configs and in UTF-16 code units of their JSON. */
const maxCached = 1000;
const maxCachedLength = 16 * 1024 * 1024;

/** How long a config is not read again, in milliseconds. Another process may delete its project. */
const maxAgeMs = 1_000;

/** The configs in use. They never change, until their project is deleted. When the cache is full, it starts over. */
export class ConfigCache {
	readonly #configs = new Map<string, { config: StoredConfig; length: number; until: number }>();
	#length = 0;
	/** How often the cache was cleared. */
	#clearings = 0;

	async get(id: string, read: () => Promise<StoredConfig | undefined>): Promise<StoredConfig | undefined> {
		const cached = this.#configs.get(id);
		const now = performance.now();
		if (cached !== undefined && now < cached.until) return cached.config;
		const clearings = this.#clearings;
		const config = await read();
		this.#remove(id);
		// It may have been read before.
		if (clearings !== this.#clearings) return config;
		// A config of a deleted project can be stored again, under the same ID.
		if (config === undefined || config.projectDeletedAt !== null) return config;
		this.#add(id, config, now + maxAgeMs);
		return config;
	}

	/** A project was deleted: the configs are read again, also those that are being read. */
	clear(): void {
		this.#configs.clear();
		this.#length = 0;
		this.#clearings += 1;
	}

	#remove(id: string): void {
		this.#length -= this.#configs.get(id)?.length ?? 0;
		this.#configs.delete(id);
	}

	#add(id: string, config: StoredConfig, until: number): void {
		const { length } = JSON.stringify(config);
		if (this.#configs.size >= maxCached || this.#length + length > maxCachedLength) {
			this.#configs.clear();
			this.#length = 0;
		}
		this.#configs.set(id, { config, length, until });
		this.#length += length;
	}
}
