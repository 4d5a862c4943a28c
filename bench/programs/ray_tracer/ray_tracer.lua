-- Draws spheres and a chequered floor by following rays of light, with shadows and reflections.

local sqrt, floor, min, abs = math.sqrt, math.floor, math.min, math.abs

local Vector = {}
Vector.__index = Vector
function Vector.new(x, y, z) return setmetatable({ x = x, y = y, z = z }, Vector) end

function Vector:plus(other) return Vector.new(self.x + other.x, self.y + other.y, self.z + other.z) end
function Vector:minus(other) return Vector.new(self.x - other.x, self.y - other.y, self.z - other.z) end
function Vector:times(k) return Vector.new(self.x * k, self.y * k, self.z * k) end
function Vector:mix(other) return Vector.new(self.x * other.x, self.y * other.y, self.z * other.z) end
function Vector:dot(other) return self.x * other.x + self.y * other.y + self.z * other.z end
function Vector:length() return sqrt(self:dot(self)) end
function Vector:unit() return self:times(1.0 / self:length()) end
function Vector:reflect(normal) return self:minus(normal:times(2.0 * self:dot(normal))) end

local Ray = {}
Ray.__index = Ray
function Ray.new(origin, direction) return setmetatable({ origin = origin, direction = direction }, Ray) end
function Ray:at(distance) return self.origin:plus(self.direction:times(distance)) end

local function new_material(colour, diffuse, specular, mirror)
    return { colour = colour, diffuse = diffuse, specular = specular, mirror = mirror }
end

local NEAREST = 0.0001

local Sphere = {}
Sphere.__index = Sphere
function Sphere.new(centre, radius, material)
    return setmetatable({ centre = centre, radius = radius, material = material }, Sphere)
end

-- The distance at which a ray meets the sphere; nil if it doesn't.
function Sphere:hit(ray)
    local offset = ray.origin:minus(self.centre)
    local b = offset:dot(ray.direction)
    local c = offset:dot(offset) - self.radius * self.radius
    local discriminant = b * b - c
    if discriminant < 0.0 then return nil end
    local root = sqrt(discriminant)
    if -b - root > NEAREST then return -b - root end
    if -b + root > NEAREST then return -b + root end
    return nil
end

function Sphere:normal_at(point) return point:minus(self.centre):times(1.0 / self.radius) end
function Sphere:colour_at(point) return self.material.colour end

local Floor = {}
Floor.__index = Floor
function Floor.new(height, material, other_colour)
    return setmetatable({ height = height, material = material, other_colour = other_colour }, Floor)
end

function Floor:hit(ray)
    if abs(ray.direction.y) < NEAREST then return nil end
    local distance = (self.height - ray.origin.y) / ray.direction.y
    if distance > NEAREST then return distance end
    return nil
end

function Floor:normal_at(point) return Vector.new(0.0, 1.0, 0.0) end

function Floor:colour_at(point)
    local is_even = (floor(point.x) + floor(point.z)) % 2 == 0
    return is_even and self.material.colour or self.other_colour
end

local function new_light(position, colour) return { position = position, colour = colour } end

local Scene = {}
Scene.__index = Scene
function Scene.new(sky) return setmetatable({ sky = sky, things = {}, lights = {} }, Scene) end

function Scene:add(thing) self.things[#self.things + 1] = thing end
function Scene:add_light(light) self.lights[#self.lights + 1] = light end

-- Whether anything lies on a ray before a distance.
function Scene:is_blocked(ray, limit)
    for _, thing in ipairs(self.things) do
        local distance = thing:hit(ray)
        if distance ~= nil and distance < limit then return true end
    end
    return false
end

function Scene:colour_of(ray, depth)
    local nearest, distance = nil, math.huge
    for _, thing in ipairs(self.things) do
        local at = thing:hit(ray)
        if at ~= nil and at < distance then
            nearest = thing
            distance = at
        end
    end
    if nearest == nil then return self.sky:times(0.5 + 0.5 * ray.direction.y) end
    local point = ray:at(distance)
    local normal = nearest:normal_at(point)
    local material = nearest.material
    local own = nearest:colour_at(point)
    local colour = own:times(0.1)
    for _, light in ipairs(self.lights) do
        local towards = light.position:minus(point)
        local far = towards:length()
        local direction = towards:times(1.0 / far)
        local cosine = normal:dot(direction)
        if cosine > 0.0 and not self:is_blocked(Ray.new(point, direction), far) then
            colour = colour:plus(own:mix(light.colour):times(cosine * material.diffuse))
            local shine = direction:reflect(normal):dot(ray.direction)
            if shine > 0.0 then
                local s = shine * shine * shine * shine
                colour = colour:plus(light.colour:times(s * s * material.specular))
            end
        end
    end
    if depth > 0 and material.mirror > 0.0 then
        local mirrored = Ray.new(point, ray.direction:reflect(normal))
        colour = colour:plus(self:colour_of(mirrored, depth - 1):times(material.mirror))
    end
    return colour
end

local function make_scene()
    local scene = Scene.new(Vector.new(0.4, 0.6, 1.0))
    local white = Vector.new(0.9, 0.9, 0.9)
    scene:add(Floor.new(-1.0, new_material(white, 0.8, 0.0, 0.2), Vector.new(0.2, 0.2, 0.2)))
    for i = 0, 6 do
        local hue = i / 6
        local material = new_material(Vector.new(1.0 - hue, 0.3 + hue / 2, hue), 0.7, 0.5, 0.1 + hue / 3)
        scene:add(Sphere.new(Vector.new(i * 1.1 - 3.3, (i * i % 4) / 4 - 0.5, 4.0 + i % 3), 0.5 + (i % 2) / 8, material))
    end
    scene:add_light(new_light(Vector.new(-5.0, 6.0, -2.0), Vector.new(0.8, 0.7, 0.6)))
    scene:add_light(new_light(Vector.new(4.0, 8.0, 1.0), Vector.new(0.3, 0.4, 0.6)))
    return scene
end

local function channel(value) return min(255, floor(value * 255.0)) end

local function render(scene, width, height)
    local eye = Vector.new(0.0, 0.5, -3.0)
    local shades = " .:-=+*#%@"
    local sum, checksum = 0, 0
    for y = 0, height - 1 do
        local line = ""
        for x = 0, width - 1 do
            local direction = Vector.new((x - width / 2) / width * 2, (height / 2 - y) / width * 2, 2.0):unit()
            local colour = scene:colour_of(Ray.new(eye, direction), 3)
            local r, g, b = channel(colour.x), channel(colour.y), channel(colour.z)
            sum = sum + r + g + b
            checksum = (checksum * 31 + r * 65536 + g * 256 + b) % 1000000007
            if y % 16 == 0 and x % 4 == 0 then
                local at = floor((r + g + b) * 9 / 765) + 1
                line = line .. shades:sub(at, at)
            end
        end
        if y % 16 == 0 then print(line) end
    end
    print(sum, checksum)
end

render(make_scene(), 320, 240)
