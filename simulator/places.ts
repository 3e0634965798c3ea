// Addresses for seeded orders and the one pickup location of the simulated store. All people and places are invented.
import type { PostalAddress } from './model.ts';
import type { SeededRandom } from './random.ts';

interface Place {
  readonly city: string;
  readonly state: string;
  readonly zip: string;
  readonly country: string;
  readonly iso2: string;
  readonly phone: string;
}

const PLACES: readonly Place[] = [
  { city: 'Austin', state: 'Texas', zip: '78701', country: 'United States', iso2: 'US', phone: '5125550100' },
  {
    city: 'Portland',
    state: 'Oregon',
    zip: '97201',
    country: 'United States',
    iso2: 'US',
    phone: '5035550101',
  },
  {
    city: 'Madison',
    state: 'Wisconsin',
    zip: '53703',
    country: 'United States',
    iso2: 'US',
    phone: '6085550102',
  },
  { city: 'Torino', state: 'Torino', zip: '10121', country: 'Italy', iso2: 'IT', phone: '+390115550103' },
  {
    city: 'Sydney',
    state: 'New South Wales',
    zip: '2000',
    country: 'Australia',
    iso2: 'AU',
    phone: '0255500104',
  },
  { city: 'Leeds', state: '', zip: 'LS1 1UR', country: 'United Kingdom', iso2: 'GB', phone: '' },
  { city: 'Toronto', state: 'Ontario', zip: 'M5H 2N2', country: 'Canada', iso2: 'CA', phone: '4165550105' },
];
const FIRST_NAMES = ['Ada', 'Ben', 'Carla', 'Dario', 'Elena', 'Farid', 'Grace', 'Hugo', 'Ines', 'Jonas'];
const LAST_NAMES = ['Archer', 'Bianchi', 'Clark', 'Dubois', 'Evans', 'Fischer', 'Garcia', 'Hughes'];
const STREETS = ['Market Street', 'Mill Lane', 'Station Road', 'Via Roma', 'Harbour View', 'Orchard Avenue'];

/** A person with an address, chosen by the seed. Some have no state or no phone, as in real stores. */
export function seededAddress(random: SeededRandom): PostalAddress {
  const place = random.pick(PLACES);
  const first = random.pick(FIRST_NAMES);
  const last = random.pick(LAST_NAMES);
  return {
    first_name: first,
    last_name: last,
    company: random.next() < 0.2 ? `${last} & Co` : '',
    street_1: `${random.between(1, 240)} ${random.pick(STREETS)}`,
    street_2: random.next() < 0.15 ? `Flat ${random.between(1, 40)}` : '',
    city: place.city,
    state: place.state,
    zip: place.zip,
    country: place.country,
    country_iso2: place.iso2,
    phone: place.phone,
    email: `${first.toLowerCase()}.${last.toLowerCase()}@shopper.example`,
  };
}

/** A person whose name and address need more than ASCII. */
export function unicodeAddress(random: SeededRandom): PostalAddress {
  return random.pick<PostalAddress>([
    {
      first_name: 'Żółcia',
      last_name: 'Brzęczyszczykiewicz',
      company: '',
      street_1: 'ulica Świętojańska 8',
      street_2: '',
      city: 'Łódź',
      state: 'Łódzkie',
      zip: '90-001',
      country: 'Poland',
      country_iso2: 'PL',
      phone: '+48425550110',
      email: 'zolcia@shopper.example',
    },
    {
      first_name: '花子',
      last_name: '山田',
      company: '株式会社見本',
      street_1: '千代田1-1',
      street_2: '',
      city: '千代田区',
      state: '東京都',
      zip: '100-0001',
      country: 'Japan',
      country_iso2: 'JP',
      phone: '+81355500111',
      email: 'hanako@shopper.example',
    },
    {
      first_name: 'Chloë 🌷',
      last_name: "O'Néill-Müller",
      company: '',
      street_1: 'Straße des 17. Juni 1',
      street_2: '',
      city: 'Köln',
      state: '',
      zip: '50667',
      country: 'Germany',
      country_iso2: 'DE',
      phone: '+492215550112',
      email: 'chloe@shopper.example',
    },
  ]);
}

/** The store's own location, where pickups are collected. */
export function pickupLocation(): Record<string, unknown> {
  return {
    id: 1,
    name: 'Main shop',
    code: 'MAIN',
    address_line_1: '1 Shop Street',
    address_line_2: '',
    city: 'Austin',
    state: 'Texas',
    postal_code: '78701',
    country_alpha2: 'US',
    email: 'shop@store.example',
    phone: '5125550199',
  };
}
