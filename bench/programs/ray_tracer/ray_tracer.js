// Draws spheres and a chequered floor by following rays of light, with shadows and reflections.

class Vector {
    constructor(x, y, z) {
        this.x = x;
        this.y = y;
        this.z = z;
    }

    plus(other) { return new Vector(this.x + other.x, this.y + other.y, this.z + other.z); }
    minus(other) { return new Vector(this.x - other.x, this.y - other.y, this.z - other.z); }
    times(k) { return new Vector(this.x * k, this.y * k, this.z * k); }
    mix(other) { return new Vector(this.x * other.x, this.y * other.y, this.z * other.z); }
    dot(other) { return this.x * other.x + this.y * other.y + this.z * other.z; }
    length() { return Math.sqrt(this.dot(this)); }
    unit() { return this.times(1.0 / this.length()); }
    reflect(normal) { return this.minus(normal.times(2.0 * this.dot(normal))); }
}

class Ray {
    constructor(origin, direction) {
        this.origin = origin;
        this.direction = direction;
    }

    at(distance) { return this.origin.plus(this.direction.times(distance)); }
}

class Material {
    constructor(colour, diffuse, specular, mirror) {
        this.colour = colour;
        this.diffuse = diffuse;
        this.specular = specular;
        this.mirror = mirror;
    }
}

const NEAREST = 0.0001;

class Sphere {
    constructor(centre, radius, material) {
        this.centre = centre;
        this.radius = radius;
        this.material = material;
    }

    // The distance at which a ray meets the sphere; null if it doesn't.
    hit(ray) {
        const offset = ray.origin.minus(this.centre);
        const b = offset.dot(ray.direction);
        const c = offset.dot(offset) - this.radius * this.radius;
        const discriminant = b * b - c;
        if (discriminant < 0.0) return null;
        const root = Math.sqrt(discriminant);
        if (-b - root > NEAREST) return -b - root;
        if (-b + root > NEAREST) return -b + root;
        return null;
    }

    normalAt(point) { return point.minus(this.centre).times(1.0 / this.radius); }
    colourAt(point) { return this.material.colour; }
}

class Floor {
    constructor(height, material, otherColour) {
        this.height = height;
        this.material = material;
        this.otherColour = otherColour;
    }

    hit(ray) {
        if (Math.abs(ray.direction.y) < NEAREST) return null;
        const distance = (this.height - ray.origin.y) / ray.direction.y;
        return distance > NEAREST ? distance : null;
    }

    normalAt(point) { return new Vector(0.0, 1.0, 0.0); }

    colourAt(point) {
        const isEven = (Math.floor(point.x) + Math.floor(point.z)) % 2 === 0;
        return isEven ? this.material.colour : this.otherColour;
    }
}

class Light {
    constructor(position, colour) {
        this.position = position;
        this.colour = colour;
    }
}

class Scene {
    constructor(sky) {
        this.sky = sky;
        this.things = [];
        this.lights = [];
    }

    add(thing) { this.things.push(thing); }
    addLight(light) { this.lights.push(light); }

    // Whether anything lies on a ray before a distance.
    isBlocked(ray, limit) {
        for (const thing of this.things) {
            const distance = thing.hit(ray);
            if (distance !== null && distance < limit) return true;
        }
        return false;
    }

    colourOf(ray, depth) {
        let nearest = null, distance = Infinity;
        for (const thing of this.things) {
            const at = thing.hit(ray);
            if (at !== null && at < distance) {
                nearest = thing;
                distance = at;
            }
        }
        if (nearest === null) return this.sky.times(0.5 + 0.5 * ray.direction.y);
        const point = ray.at(distance);
        const normal = nearest.normalAt(point);
        const material = nearest.material;
        const own = nearest.colourAt(point);
        let colour = own.times(0.1);
        for (const light of this.lights) {
            const towards = light.position.minus(point);
            const far = towards.length();
            const direction = towards.times(1.0 / far);
            const cosine = normal.dot(direction);
            if (cosine > 0.0 && !this.isBlocked(new Ray(point, direction), far)) {
                colour = colour.plus(own.mix(light.colour).times(cosine * material.diffuse));
                const shine = direction.reflect(normal).dot(ray.direction);
                if (shine > 0.0) {
                    const s = shine * shine * shine * shine;
                    colour = colour.plus(light.colour.times(s * s * material.specular));
                }
            }
        }
        if (depth > 0 && material.mirror > 0.0) {
            const mirrored = new Ray(point, ray.direction.reflect(normal));
            colour = colour.plus(this.colourOf(mirrored, depth - 1).times(material.mirror));
        }
        return colour;
    }
}

function makeScene() {
    const scene = new Scene(new Vector(0.4, 0.6, 1.0));
    const white = new Vector(0.9, 0.9, 0.9);
    scene.add(new Floor(-1.0, new Material(white, 0.8, 0.0, 0.2), new Vector(0.2, 0.2, 0.2)));
    for (let i = 0; i < 7; i++) {
        const hue = i / 6;
        const material = new Material(new Vector(1.0 - hue, 0.3 + hue / 2, hue), 0.7, 0.5, 0.1 + hue / 3);
        scene.add(new Sphere(new Vector(i * 1.1 - 3.3, (i * i % 4) / 4 - 0.5, 4.0 + i % 3), 0.5 + (i % 2) / 8, material));
    }
    scene.addLight(new Light(new Vector(-5.0, 6.0, -2.0), new Vector(0.8, 0.7, 0.6)));
    scene.addLight(new Light(new Vector(4.0, 8.0, 1.0), new Vector(0.3, 0.4, 0.6)));
    return scene;
}

function channel(value) { return Math.min(255, Math.floor(value * 255.0)); }

function render(scene, width, height) {
    const eye = new Vector(0.0, 0.5, -3.0);
    const shades = " .:-=+*#%@";
    let sum = 0, checksum = 0;
    for (let y = 0; y < height; y++) {
        let line = "";
        for (let x = 0; x < width; x++) {
            const direction = new Vector((x - width / 2) / width * 2, (height / 2 - y) / width * 2, 2.0).unit();
            const colour = scene.colourOf(new Ray(eye, direction), 3);
            const r = channel(colour.x), g = channel(colour.y), b = channel(colour.z);
            sum += r + g + b;
            checksum = (checksum * 31 + r * 65536 + g * 256 + b) % 1000000007;
            if (y % 16 === 0 && x % 4 === 0) line += shades[Math.floor((r + g + b) * 9 / 765)];
        }
        if (y % 16 === 0) console.log(line);
    }
    console.log(sum, checksum);
}

render(makeScene(), 320, 240);
