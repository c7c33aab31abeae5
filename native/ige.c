/*
 * AES-256-IGE by the processor's own AES instructions, as a Node-API addon.
 *
 * IGE chains every block to the one before, in both directions, so one message cannot be spread over the
 * processor's parallel AES units: the speed is that of the latency of 14 rounds. What can be saved is everything
 * around it, so input is read once, output written once, and nothing is allocated.
 *
 * ige(encrypt: boolean, target: Uint8Array, source: Uint8Array, key: Uint8Array, iv: Uint8Array): void
 *   target and source have the same length, a multiple of 16; they may be the same memory. key: 32 bytes; iv: 32.
 *
 * ige.open(data: Uint8Array, key: Uint8Array, iv: Uint8Array, head: Uint8Array, done: (digest: Buffer) => void): void
 *   Decrypts data in its place, in a thread of libuv's pool, and calls done with the SHA-256 of head and of what came out. Until then
 *   the memory of both is not to be touched. Absent where this Node.js does not lend its SHA-256.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 14

#if defined(__x86_64__)

#include <immintrin.h>
#define TARGET __attribute__((target("aes,sse4.1")))
typedef __m128i block;

static bool supported (void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("aes") && __builtin_cpu_supports("sse4.1");
}

TARGET static inline block load (const uint8_t *p) { return _mm_loadu_si128((const block *) p); }
TARGET static inline void store (uint8_t *p, block b) { _mm_storeu_si128((block *) p, b); }
TARGET static inline block xor (block a, block b) { return _mm_xor_si128(a, b); }

TARGET static inline block spread (block key) {
  key = xor(key, _mm_slli_si128(key, 4));
  key = xor(key, _mm_slli_si128(key, 4));
  return xor(key, _mm_slli_si128(key, 4));
}

#define EVEN(i, rcon) keys[i] = xor(spread(keys[(i) - 2]), _mm_shuffle_epi32(_mm_aeskeygenassist_si128(keys[(i) - 1], rcon), 0xff))
#define ODD(i) keys[i] = xor(spread(keys[(i) - 2]), _mm_shuffle_epi32(_mm_aeskeygenassist_si128(keys[(i) - 1], 0), 0xaa))

TARGET static void expand (const uint8_t *key, block *keys) {
  keys[0] = load(key);
  keys[1] = load(key + 16);
  EVEN(2, 0x01); ODD(3);
  EVEN(4, 0x02); ODD(5);
  EVEN(6, 0x04); ODD(7);
  EVEN(8, 0x08); ODD(9);
  EVEN(10, 0x10); ODD(11);
  EVEN(12, 0x20); ODD(13);
  EVEN(14, 0x40);
}

TARGET static void invert (block *keys) {
  block inverse[ROUNDS + 1];
  inverse[0] = keys[ROUNDS];
  for (int i = 1; i < ROUNDS; i++) inverse[i] = _mm_aesimc_si128(keys[ROUNDS - i]);
  inverse[ROUNDS] = keys[0];
  memcpy(keys, inverse, sizeof inverse);
}

TARGET static void encrypt (uint8_t *target, const uint8_t *source, size_t length, const block *keys, const uint8_t *iv) {
  block cipher = load(iv), plain = load(iv + 16);
  for (size_t at = 0; at < length; at += 16) {
    block input = load(source + at);
    block state = xor(xor(input, cipher), keys[0]);
    for (int i = 1; i < ROUNDS; i++) state = _mm_aesenc_si128(state, keys[i]);
    cipher = xor(_mm_aesenclast_si128(state, keys[ROUNDS]), plain);
    plain = input;
    store(target + at, cipher);
  }
}

TARGET static void decrypt (uint8_t *target, const uint8_t *source, size_t length, const block *keys, const uint8_t *iv) {
  block cipher = load(iv), plain = load(iv + 16);
  for (size_t at = 0; at < length; at += 16) {
    block input = load(source + at);
    /* The part that does not wait for the block before comes first. */
    block state = xor(xor(input, keys[0]), plain);
    for (int i = 1; i < ROUNDS; i++) state = _mm_aesdec_si128(state, keys[i]);
    plain = _mm_aesdeclast_si128(state, xor(keys[ROUNDS], cipher));
    cipher = input;
    store(target + at, plain);
  }
}

#elif defined(__aarch64__) && defined(__ARM_FEATURE_AES)

#include <arm_neon.h>
#ifdef __linux__
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif
#define TARGET
typedef uint8x16_t block;

/* An image built on one machine may run on a smaller one, such as a Raspberry Pi 4. All of Apple's have them. */
static bool supported (void) {
#ifdef __linux__
  return (getauxval(AT_HWCAP) & HWCAP_AES) != 0;
#else
  return true;
#endif
}

static inline block load (const uint8_t *p) { return vld1q_u8(p); }
static inline void store (uint8_t *p, block b) { vst1q_u8(p, b); }
static inline block xor (block a, block b) { return veorq_u8(a, b); }

/* SubBytes of one word: a round of AES without its ShiftRows, which does nothing to four equal columns. */
static uint32_t substitute (uint32_t word) {
  return vgetq_lane_u32(vreinterpretq_u32_u8(vaeseq_u8(vreinterpretq_u8_u32(vdupq_n_u32(word)), vdupq_n_u8(0))), 0);
}

/* FIPS 197, 5.2, for keys of 8 words. */
static void expand (const uint8_t *key, block *keys) {
  uint32_t words[4 * (ROUNDS + 1)];
  uint32_t rcon = 1;
  memcpy(words, key, 32);
  for (int i = 8; i < 4 * (ROUNDS + 1); i++) {
    uint32_t word = words[i - 1];
    if (i % 8 == 0) {
      word = substitute(word >> 8 | word << 24) ^ rcon;
      rcon <<= 1;
    } else if (i % 8 == 4) {
      word = substitute(word);
    }
    words[i] = words[i - 8] ^ word;
  }
  memcpy(keys, words, sizeof words);
}

static void invert (block *keys) {
  block inverse[ROUNDS + 1];
  inverse[0] = keys[ROUNDS];
  for (int i = 1; i < ROUNDS; i++) inverse[i] = vaesimcq_u8(keys[ROUNDS - i]);
  inverse[ROUNDS] = keys[0];
  memcpy(keys, inverse, sizeof inverse);
}

static void encrypt (uint8_t *target, const uint8_t *source, size_t length, const block *keys, const uint8_t *iv) {
  block cipher = load(iv), plain = load(iv + 16);
  for (size_t at = 0; at < length; at += 16) {
    block input = load(source + at);
    block state = xor(input, cipher);
    for (int i = 0; i < ROUNDS - 1; i++) state = vaesmcq_u8(vaeseq_u8(state, keys[i]));
    cipher = xor(xor(vaeseq_u8(state, keys[ROUNDS - 1]), keys[ROUNDS]), plain);
    plain = input;
    store(target + at, cipher);
  }
}

static void decrypt (uint8_t *target, const uint8_t *source, size_t length, const block *keys, const uint8_t *iv) {
  block cipher = load(iv), plain = load(iv + 16);
  for (size_t at = 0; at < length; at += 16) {
    block input = load(source + at);
    block state = xor(input, plain);
    for (int i = 0; i < ROUNDS - 1; i++) state = vaesimcq_u8(vaesdq_u8(state, keys[i]));
    plain = xor(xor(vaesdq_u8(state, keys[ROUNDS - 1]), keys[ROUNDS]), cipher);
    cipher = input;
    store(target + at, plain);
  }
}

#else
#error "no AES instructions known for this processor"
#endif

static bool bytes (napi_env env, napi_value value, uint8_t **data, size_t *length) {
  napi_typedarray_type type;
  return napi_get_typedarray_info(env, value, &type, length, (void **) data, NULL, NULL) == napi_ok && type == napi_uint8_array;
}

static napi_value fail (napi_env env, const char *message) {
  napi_throw_range_error(env, NULL, message);
  return NULL;
}

static napi_value ige (napi_env env, napi_callback_info info) {
  napi_value args[5];
  size_t count = 5, target_length, source_length, key_length, iv_length;
  uint8_t *target, *source, *key, *iv;
  bool encrypting;
  if (napi_get_cb_info(env, info, &count, args, NULL, NULL) != napi_ok || count != 5 ||
      napi_get_value_bool(env, args[0], &encrypting) != napi_ok ||
      !bytes(env, args[1], &target, &target_length) || !bytes(env, args[2], &source, &source_length) ||
      !bytes(env, args[3], &key, &key_length) || !bytes(env, args[4], &iv, &iv_length)) return fail(env, "ige takes a boolean and four Uint8Arrays");
  if (target_length != source_length || source_length % 16 != 0 || key_length != 32 || iv_length != 32) return fail(env, "ige takes whole blocks of 16 bytes, a key of 32 and an iv of 32");
  block keys[ROUNDS + 1];
  expand(key, keys);
  if (encrypting) {
    encrypt(target, source, source_length, keys, iv);
  } else {
    invert(keys);
    decrypt(target, source, source_length, keys, iv);
  }
  return NULL;
}

/* Of Node.js's own OpenSSL, or of the one it is linked with. The state of a digest has 112 bytes there; this is room for twice as much. */
#define sha256_state 28
static int (*sha256_init) (void *state);
static int (*sha256_update) (void *state, const void *data, size_t length);
static int (*sha256_final) (uint8_t *digest, void *state);

static bool borrow_sha256 (void) {
  *(void **) &sha256_init = dlsym(RTLD_DEFAULT, "SHA256_Init");
  *(void **) &sha256_update = dlsym(RTLD_DEFAULT, "SHA256_Update");
  *(void **) &sha256_final = dlsym(RTLD_DEFAULT, "SHA256_Final");
  if (sha256_init == NULL || sha256_update == NULL || sha256_final == NULL) return false;
  /* FIPS 180-4, the example for "abc": another library's state might look another way. */
  static const uint8_t expected[] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
  uint64_t state[sha256_state];
  uint8_t digest[32];
  sha256_init(state);
  sha256_update(state, "abc", 3);
  sha256_final(digest, state);
  return memcmp(digest, expected, sizeof digest) == 0;
}

typedef struct {
  napi_async_work work;
  /* What must stay in memory until it is over: the function, the data, the head. */
  napi_ref kept[3];
  uint8_t *data, *head;
  size_t length, head_length;
  uint8_t key[32], iv[32], digest[32];
} task;

static void run (napi_env env, void *context) {
  (void) env;
  task *t = context;
  block keys[ROUNDS + 1];
  uint64_t state[sha256_state];
  expand(t->key, keys);
  invert(keys);
  decrypt(t->data, t->data, t->length, keys, t->iv);
  sha256_init(state);
  sha256_update(state, t->head, t->head_length);
  sha256_update(state, t->data, t->length);
  sha256_final(t->digest, state);
}

static void drop (napi_env env, task *t) {
  for (int i = 0; i < 3; i++) if (t->kept[i] != NULL) napi_delete_reference(env, t->kept[i]);
  if (t->work != NULL) napi_delete_async_work(env, t->work);
  free(t);
}

/* Cancelled work, as the end of a process may have it, calls nobody. */
static void finish (napi_env env, napi_status status, void *context) {
  task *t = context;
  napi_value done, global, digest;
  bool isReady = status == napi_ok && napi_get_reference_value(env, t->kept[0], &done) == napi_ok && napi_get_global(env, &global) == napi_ok &&
    napi_create_buffer_copy(env, sizeof t->digest, t->digest, NULL, &digest) == napi_ok;
  drop(env, t);
  if (isReady) napi_call_function(env, global, done, 1, &digest, NULL);
}

static napi_value open_data (napi_env env, napi_callback_info info) {
  napi_value args[5], name;
  size_t count = 5, key_length, iv_length;
  uint8_t *key, *iv;
  task *t = calloc(1, sizeof *t);
  if (t == NULL) return fail(env, "there is no memory left");
  if (napi_get_cb_info(env, info, &count, args, NULL, NULL) != napi_ok || count != 5 ||
      !bytes(env, args[0], &t->data, &t->length) || !bytes(env, args[1], &key, &key_length) || !bytes(env, args[2], &iv, &iv_length) ||
      !bytes(env, args[3], &t->head, &t->head_length) || t->length % 16 != 0 || key_length != 32 || iv_length != 32) {
    drop(env, t);
    return fail(env, "open takes whole blocks of 16 bytes, a key of 32, an iv of 32 and a head, all Uint8Arrays, and a function");
  }
  memcpy(t->key, key, 32);
  memcpy(t->iv, iv, 32);
  if (napi_create_reference(env, args[4], 1, &t->kept[0]) != napi_ok || napi_create_reference(env, args[0], 1, &t->kept[1]) != napi_ok ||
      napi_create_reference(env, args[3], 1, &t->kept[2]) != napi_ok || napi_create_string_utf8(env, "ige.open", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_async_work(env, NULL, name, run, finish, t, &t->work) != napi_ok || napi_queue_async_work(env, t->work) != napi_ok) {
    drop(env, t);
    return fail(env, "no work can be queued");
  }
  return NULL;
}

NAPI_MODULE_INIT() {
  (void) exports;
  if (!supported()) {
    napi_throw_error(env, NULL, "this processor has no AES instructions");
    return NULL;
  }
  napi_value function, opening;
  if (napi_create_function(env, "ige", NAPI_AUTO_LENGTH, ige, NULL, &function) != napi_ok) return NULL;
  if (borrow_sha256() && napi_create_function(env, "open", NAPI_AUTO_LENGTH, open_data, NULL, &opening) == napi_ok) {
    napi_set_named_property(env, function, "open", opening);
  }
  return function;
}
