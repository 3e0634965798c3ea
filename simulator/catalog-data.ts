// The products of a simulated store: made up, the same for each seed. Endpoints are in catalog.ts.
import { SeededRandom } from './random.ts';

export interface CatalogImage {
  readonly id: number;
  readonly url: string;
  readonly isThumbnail: boolean;
  readonly sortOrder: number;
}

export interface CatalogVariant {
  readonly id: number;
  readonly productId: number;
  sku: string;
  /** Null inherits from the product, as in most real catalogs. */
  priceCents: number | null;
  weight: number | null;
  stock: number;
  readonly imageUrl: string;
  readonly options: readonly {
    readonly name: string;
    readonly label: string;
    readonly optionId: number;
    readonly valueId: number;
  }[];
}

/** Customs data as `/v3/shipping/products/customs-information` keeps it. */
export interface CustomsInformation {
  countryOfOrigin: string;
  description: string;
  international: boolean;
  hsCodes: Record<string, string>;
  created: number;
  updated: number;
}

export interface CatalogProduct {
  readonly id: number;
  name: string;
  readonly type: 'physical' | 'digital';
  sku: string;
  priceCents: number;
  weight: number;
  readonly brand: string;
  visible: boolean;
  stockTracked: boolean;
  created: number;
  modified: number;
  readonly images: CatalogImage[];
  readonly variants: CatalogVariant[];
  readonly customFields: { readonly id: number; readonly name: string; readonly value: string }[];
  customs: CustomsInformation | null;
}

export interface Catalog {
  readonly products: Map<number, CatalogProduct>;
}

type ProductRow = readonly [
  name: string,
  type: 'physical' | 'digital',
  cents: number,
  weight: number,
  sizes: readonly string[],
];

const ROWS: readonly ProductRow[] = [
  ['Canvas tote', 'physical', 1900, 0.35, []],
  ['Enamel mug', 'physical', 1450, 0.4, []],
  ['Wool scarf', 'physical', 3900, 0.22, ['Red', 'Blue', 'Green']],
  ['Cotton shirt', 'physical', 2900, 0.25, ['S', 'M', 'L', 'XL']],
  ['Desk lamp', 'physical', 7900, 2.1, []],
  ['Cast-iron pan', 'physical', 5400, 3.6, []],
  ['Notebook', 'physical', 950, 0.18, ['Plain', 'Ruled']],
  ['Postcard set', 'physical', 500, 0, []],
  ['Pattern download', 'digital', 1200, 0, []],
  ['Field recording', 'digital', 800, 0, []],
  ['Rain jacket', 'physical', 11900, 0.8, ['S', 'M', 'L']],
  ['Tea sampler', 'physical', 2200, 0.3, []],
];

/** Seconds between the start of the epoch and the day the invented catalog was made (2025-01-01). */
const CATALOG_MADE = 1_735_689_600;
const FIRST_PRODUCT_ID = 77;
/** The product without any image. */
export const IMAGELESS_PRODUCT = 'Postcard set';

/** Builds the catalog of a seed. Product ids ascend from 77; every product has at least its base variant. */
export function seededCatalog(seed: number): Catalog {
  const random = new SeededRandom(seed);
  const products = new Map<number, CatalogProduct>();
  let variantId = 300;
  let imageId = 900;
  ROWS.forEach(([name, type, priceCents, weight, sizes], index) => {
    const id = FIRST_PRODUCT_ID + index;
    const sku = `${name.slice(0, 3).toUpperCase()}-${id}`;
    const slug = name.toLowerCase().replaceAll(' ', '-');
    const image = (thumbnail: boolean): CatalogImage => ({
      id: (imageId += 1),
      url: `https://cdn.store.example/products/${id}/${slug}-${thumbnail ? 1 : 2}.jpg`,
      isThumbnail: thumbnail,
      sortOrder: thumbnail ? 0 : 1,
    });
    const variant = (label: string | null, position: number): CatalogVariant => ({
      id: (variantId += 1),
      productId: id,
      sku: label === null ? sku : `${sku}-${label.toUpperCase()}`,
      priceCents: position === 2 ? priceCents + 300 : null,
      weight: null,
      stock: random.between(50, 500),
      imageUrl:
        label === null || position > 1 ? '' : `https://cdn.store.example/products/${id}/${slug}-${label}.jpg`,
      options:
        label === null
          ? []
          : [
              {
                name: name === 'Wool scarf' ? 'Color' : 'Size',
                label,
                optionId: id * 10,
                valueId: id * 100 + position,
              },
            ],
    });
    products.set(id, {
      id,
      name,
      type,
      sku,
      priceCents,
      weight,
      brand: random.pick(['Fieldwork', 'Northlight', '']),
      visible: true,
      stockTracked: false,
      created: CATALOG_MADE,
      modified: CATALOG_MADE + index * 3600,
      images: name === IMAGELESS_PRODUCT ? [] : [image(true), image(false)],
      variants:
        sizes.length === 0 ? [variant(null, 0)] : sizes.map((size, position) => variant(size, position)),
      customFields: index % 3 === 0 ? [{ id: id * 10 + 1, name: 'Material', value: 'Mixed' }] : [],
      customs:
        type === 'digital' || index % 5 === 4
          ? null
          : {
              countryOfOrigin: random.pick(['IT', 'PT', 'IN']),
              description: name,
              international: true,
              hsCodes: index % 2 === 0 ? { ALL: `6204${id}` } : { ALL: `4202${id}`, US: `4202${id}10` },
              created: CATALOG_MADE,
              updated: CATALOG_MADE,
            },
    });
  });
  return { products };
}

/** The price of a variant: its own, or the product's. */
export function variantPrice(product: CatalogProduct, variant: CatalogVariant): number {
  return variant.priceCents ?? product.priceCents;
}
